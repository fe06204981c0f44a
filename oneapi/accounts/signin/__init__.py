"""Services that vouch for people: one module each, and what they have in common."""
