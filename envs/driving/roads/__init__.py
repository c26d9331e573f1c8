"""Builders of roads: each makes one level's `Network` from a random generator."""
