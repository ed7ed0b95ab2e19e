"""Meta-analysis of accuracies and other effect sizes. Knows no database."""
