"""Yesterday, played as if it were today: the same heartbeat in a loop, and what it was worth."""
