"""Choosing a family's sizes inside the walk-forward, so that what is shown of them stays out of sample."""
