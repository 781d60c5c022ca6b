"""The chat page: what is shown, kept and carried on, in Chainlit's terms."""
