"""Fetching records from arXiv, PubMed and other sources, politely and without losing any."""
