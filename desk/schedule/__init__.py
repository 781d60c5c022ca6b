"""What the desk does by itself, and when: jobs, their slots, and hearings that nobody at a chat asked for."""
