"""What the generated reference pages are made of, read from the code."""
