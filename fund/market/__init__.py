"""What the market did, as it was known at the time."""
