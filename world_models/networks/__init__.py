"""Building blocks that world models share."""
