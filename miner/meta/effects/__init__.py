"""Effect sizes and their transformations."""
