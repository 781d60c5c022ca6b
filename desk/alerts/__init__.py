"""Tells the owner what matters: events to channels, each once, whatever fails (INV-17)."""
