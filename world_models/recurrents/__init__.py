"""Rooms of the model `recurrent`: its latents, its cell, what it sees and shows, and what it descends."""
