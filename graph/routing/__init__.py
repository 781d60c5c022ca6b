"""Which of all readings a question gets: exact rules first, then the words' rules, then likeness."""
