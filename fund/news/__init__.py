"""News as facts: which telling is a copy of which, and how what was told leans."""
