"""Limits that always win."""
