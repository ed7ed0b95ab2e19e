"""The site of a snapshot: a page for every paper, an explorer, the reports and what changed, in one folder that opens from disk."""
