"""Extraction of a workspace on an engine."""
