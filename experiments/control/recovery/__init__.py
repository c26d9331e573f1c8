"""Rooms of `experiments.control.recover`: systems, what tells of them, learning, tables and figures."""
