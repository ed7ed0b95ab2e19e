"""Which records are one study, and which value stands for a paper."""
