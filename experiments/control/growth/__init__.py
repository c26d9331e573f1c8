"""What LQR takes in time and memory as problems grow."""
