"""Mine the literature for reported accuracies and sample sizes, and meta-analyse them."""

__version__ = "0.1.0"
