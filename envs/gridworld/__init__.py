"""The grid family: seven environments on one core."""
