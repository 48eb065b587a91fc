"""Rule sets: read, compiled, and the built-in ones. Pure but for the reading of our own data files."""
