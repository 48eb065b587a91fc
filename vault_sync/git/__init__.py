"""Notes in a git repository: hooks on staged notes, a filter and a merge driver for derived values."""
