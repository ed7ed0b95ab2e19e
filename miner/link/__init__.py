"""Which records are one study, and which sample size goes with which performance."""
