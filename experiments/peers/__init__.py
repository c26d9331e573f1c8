"""What runs in environments of its own, beside other people's libraries."""
