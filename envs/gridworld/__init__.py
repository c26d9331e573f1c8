"""The grid family: six environments on one core."""
