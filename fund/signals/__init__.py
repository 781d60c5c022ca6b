"""Views with a conviction, each from a rule of the field, and how several views are heard as one."""
