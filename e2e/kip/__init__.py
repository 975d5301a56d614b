"""Helpers of the end-to-end tests: one small module for one purpose each."""
