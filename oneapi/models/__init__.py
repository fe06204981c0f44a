"""The tables, one file each; nothing here queries."""
