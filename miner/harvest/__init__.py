"""Fetching records from arXiv and PubMed, politely and without losing any."""
