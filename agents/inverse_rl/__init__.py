"""What demonstrations tell about costs on a grid: maximum-entropy inverse RL, and maximum-margin planning."""
