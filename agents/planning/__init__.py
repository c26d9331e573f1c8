"""Planners that are learned: what trajectories cost, how that is fitted, and how the cheapest is made cheaper."""
