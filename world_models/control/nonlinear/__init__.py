"""Rooms behind `mpc`: what is seen at an iterate, one Newton step, the way to the optimum, and the way back."""
