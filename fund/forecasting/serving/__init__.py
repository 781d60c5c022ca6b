"""Scoring with what was learned, fast and without the library it was learned with."""
