"""The event monitor: watches prices in market hours and asks the desk for a cycle about what is sudden."""
