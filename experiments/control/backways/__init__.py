"""Rooms of `experiments.control.ways`: the problems, what is measured of them, and how it is shown."""
