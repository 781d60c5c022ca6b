"""What runs, and when: settings, processes, feeds, HTTP, CLI."""
