"""Tables and pictures of committed results, for README and the pages beside it."""
