"""How well the desk decides: datasets, scorers, bakeoffs and the gate (grows with the proof issue)."""
