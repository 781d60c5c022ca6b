"""Watching the market intraday: what is sudden enough to be decided about at once."""
