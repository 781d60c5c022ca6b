"""How people write: their shorthand, their days and spans, their language."""
