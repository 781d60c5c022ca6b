"""Functions from case and output to a score, a file for each kind of question."""
