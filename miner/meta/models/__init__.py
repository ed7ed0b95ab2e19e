"""Pooling and regression models."""
