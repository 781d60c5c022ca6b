"""How well the desk decides: the room for cases, scorers, experiments and bakeoffs."""
