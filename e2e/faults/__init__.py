"""What the service does when the API server, the way to it, or its own input is bad."""
