"""Where market data comes from: vendors behind one protocol, checked before anybody believes them."""
