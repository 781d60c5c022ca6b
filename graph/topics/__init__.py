"""What the words of a question are about: its topic, its names and its figures."""
