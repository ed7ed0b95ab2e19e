"""What is measured: quality and speed, beside peers in the same run."""
