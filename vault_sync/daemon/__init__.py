"""The daemon: it sees notes change and days begin, and refreshes what is outdated."""
