"""Whether a decision knows what it cannot know: its future is poisoned, and nothing may change."""
