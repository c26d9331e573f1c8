"""Joint futures of everybody on the road: how good each one's samples are alone, and which of them cannot both be."""
