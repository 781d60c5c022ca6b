"""What money is: pure functions and values; no LLM, no network, no database, no clock."""
