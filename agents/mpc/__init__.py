"""The rooms of model predictive control: what a decision remembers, draws and shows."""
