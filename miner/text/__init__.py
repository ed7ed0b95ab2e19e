"""Reading numbers and sentences in scientific prose, with offsets into the raw text."""
