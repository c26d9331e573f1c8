"""Rooms of the joint trajectory model: tokens, crops, attention, reactions, modes, pictures, measures."""
