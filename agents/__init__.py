"""How a model is asked: one file per role, brief in and typed answer out, through one door."""
