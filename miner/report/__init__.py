"""Self-contained, reproducible reports."""
