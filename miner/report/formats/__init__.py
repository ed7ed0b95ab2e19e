"""The page, PDF and Markdown that a report is written as."""
