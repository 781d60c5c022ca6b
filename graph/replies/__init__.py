"""Answers of the offline conversation: tool results as sentences, tables and charts."""
