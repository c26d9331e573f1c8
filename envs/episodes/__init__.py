"""Recorded episodes: an atomic, checksummed, memory-mapped store and a window sampler over it."""
