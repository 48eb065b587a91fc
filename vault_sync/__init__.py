"""vault-sync keeps derived properties of Obsidian notes true without ever harming a note."""

__version__ = "0.1.0"
