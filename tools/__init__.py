"""What may be asked: plain typed methods over the desk's data; no LLM library."""
