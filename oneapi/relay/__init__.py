"""One client call, to an upstream and back."""
