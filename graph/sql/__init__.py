"""Plain questions over the records, read by rules and written as SQL."""
