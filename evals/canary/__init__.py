"""Whether a decision knows what it cannot know: the future is poisoned, and nothing may come out otherwise."""
