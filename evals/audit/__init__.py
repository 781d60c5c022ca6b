"""Whether a traded book broke a limit, from fills, bars and the mandate alone: nothing here asks `fund.risk`."""
