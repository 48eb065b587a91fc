"""Looks for what keeps a vault from being well: facts gathered once, and small checks over them."""
