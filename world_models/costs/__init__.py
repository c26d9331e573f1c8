"""What a trajectory costs: volumes over time and space, looked up under the footprint of a vehicle."""
