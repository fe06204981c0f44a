"""Fault drills: load, races, killed workers, clients that leave; then the books are checked.

``python -m tests.faults`` runs them in full and says what it found.
"""
