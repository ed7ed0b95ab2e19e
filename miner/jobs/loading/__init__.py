"""What files, answers and tables become in the database."""
