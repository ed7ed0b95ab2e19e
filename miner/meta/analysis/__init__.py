"""A whole analysis of one table, and its words."""
