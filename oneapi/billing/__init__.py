"""Prices, reservations and the ledger that moves quota."""
