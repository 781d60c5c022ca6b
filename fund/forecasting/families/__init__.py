"""Ways of ordering a cross-section: each one file, all behind one protocol."""
