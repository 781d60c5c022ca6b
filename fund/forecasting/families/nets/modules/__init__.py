"""The nets in torch, for what learns or differentiates and nothing else: its import takes seconds."""
