"""Trajectories a vehicle could drive next, in batches: lattices beside a path, proposals, clothoids, shooting."""
