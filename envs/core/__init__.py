"""What every family of worlds shares: seeds and levels, shards over threads, the three faces, errors."""
