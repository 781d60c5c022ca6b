"""Whether a traded book broke a limit: from fills, bars and the mandate alone, by no cut of `fund.risk`."""
