"""The one chain of migrations, for schemas desk and chat."""
