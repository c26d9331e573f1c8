"""What pictures of all families are made of: shapes, strokes, letters, colours, captions and sheets."""
