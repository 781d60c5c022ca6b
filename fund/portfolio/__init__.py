"""What is held and what is proposed."""
