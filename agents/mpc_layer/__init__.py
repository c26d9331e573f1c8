"""A planner that solves an optimal control problem, and learns through the solution what to put in it."""
