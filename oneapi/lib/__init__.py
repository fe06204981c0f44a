"""Tools that know nothing of One API."""
