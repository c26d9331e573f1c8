"""The particle family: a point that is pulled to a set-point, in any number of dimensions."""
