"""What runs beside other people's libraries, some of it in environments of its own."""
