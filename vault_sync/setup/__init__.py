"""Setting a vault up: what is found in it, and the files that make a start."""
