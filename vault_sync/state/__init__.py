"""The state folder of a vault, outside of it: journals, the lock and the status of the daemon."""
