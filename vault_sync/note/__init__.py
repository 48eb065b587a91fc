"""The text of a note: its frontmatter, its values, and edits of it. Pure."""
