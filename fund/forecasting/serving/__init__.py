"""Scoring what was trained: fast, in bounded memory and in time, or not at all."""
