"""Agents side by side: equal demonstrations, equal budgets, the same held-out levels, several seeds."""
