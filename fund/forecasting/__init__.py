"""What may happen next, with an interval and a record of how often it was right."""
