"""The running program, a stub upstream and a real database, seen from outside."""
