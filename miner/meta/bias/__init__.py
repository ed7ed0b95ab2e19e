"""Publication bias and small-study effects."""
