"""How the end-to-end tests, hack/bench and hack/demo reach a cluster: one client, one watch, one reader of the audit
log. Needs nothing but Python and kubectl, and knows nothing of what it is used for."""
