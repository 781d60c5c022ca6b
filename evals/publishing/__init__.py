"""Experiments published to LangSmith: what a contestant was shown, what it said, and its scores."""
