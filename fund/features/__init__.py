"""What the past of a price says about it, with nothing of its future."""
