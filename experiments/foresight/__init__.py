"""How well world models foresee, and what that is worth: the rooms of `crossroads models`."""
