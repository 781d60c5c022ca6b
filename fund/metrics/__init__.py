"""How a figure is computed, and how far it may be off."""
