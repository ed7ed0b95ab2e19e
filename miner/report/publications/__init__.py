"""Publications that reports are laid beside: a file each, with the figures that they print and how the data compare."""
