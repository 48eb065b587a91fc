"""The formula language of Obsidian Bases: text in, a compiled formula out. Pure.

``compile_formula(text)`` gives a ``Formula`` that knows what it reads; ``evaluate(scope)`` gives
its value.
"""

from vault_sync.formula import functions as functions
from vault_sync.formula.compiler import Formula, compile_formula

__all__ = ["Formula", "compile_formula"]
