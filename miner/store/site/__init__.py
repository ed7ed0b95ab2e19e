"""What the pages of a site read of a snapshot, many papers at a time."""
