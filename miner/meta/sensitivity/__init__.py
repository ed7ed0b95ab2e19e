"""What a result rests on."""
