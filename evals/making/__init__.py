"""How the datasets are made: from the market's real past, labelled with what came after it."""
