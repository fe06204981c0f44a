"""/api, one blueprint per noun."""
