"""Which names deserve a look: pickers behind one protocol, and how well each of them has picked."""
