"""Looking after a workspace: backup, restoring, repair."""
