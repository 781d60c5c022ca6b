"""From reviewed weights to orders, and from orders to fills at prices that did not exist yet."""
