"""How intents become tool calls: one small file for each group of them."""
