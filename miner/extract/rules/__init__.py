"""Built-in extraction rules: one folder a rule."""
