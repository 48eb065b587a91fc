"""From values that stand still to rules that move them: infers formulas, and proposes a rule set."""
