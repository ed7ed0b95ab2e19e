"""Job files and the runner that goes from harvest to report."""
