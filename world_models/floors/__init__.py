"""What can be foreseen without learning anything."""
