"""Runs over a vault: plan, journal, write, report; undo and verify."""
