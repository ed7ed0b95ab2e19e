"""Exports to the formats of other tools."""
