"""Rooms of the model `latent`: its two kinds of latent, their dynamics, and what keeps a latent from collapsing."""
