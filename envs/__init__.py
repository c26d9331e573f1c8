"""Worlds: kernels, grid and road families, their three faces, and the episodes recorded in them."""
