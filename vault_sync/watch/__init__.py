"""The daemon: notices what happens in a vault and refreshes what became stale."""
