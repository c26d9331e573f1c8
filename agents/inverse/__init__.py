"""The rooms of inverse dynamics: goals that experience came to by itself."""
