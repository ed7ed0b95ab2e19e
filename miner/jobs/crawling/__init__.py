"""What a source is asked: windows planned, fetched and proved complete."""
