"""Every function and field of the language. Importing this package fills the registry.

A page of the reference is a function's docstring; its ``Example:`` lines are run by the tests.
Source of all: the Obsidian help, "Functions" of Bases; where it is silent, JavaScript (MDN).
"""

from vault_sync.formula.functions import dates, files, general, lists, text

__all__ = ["dates", "files", "general", "lists", "text"]
