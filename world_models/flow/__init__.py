"""What moves, as images: images carried by a flow, how good a flow is, a network that foresees."""
