"""Measures vault-sync beside the loops a user would write instead: ``python -m benchmarks``."""
