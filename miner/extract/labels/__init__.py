"""Labels: what a study asked, of whom, from what, and how it was checked, read from the whole of its abstract."""
