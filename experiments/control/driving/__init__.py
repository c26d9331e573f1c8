"""Rooms of `experiments.control.wheelbase`: the vehicle and its tasks, gradients, learning, tables and figures."""
