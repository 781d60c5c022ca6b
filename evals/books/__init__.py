"""Books that contestants trade over a frozen half year: how they are played, audited and measured."""
