"""What a paper is about: key terms, key sentences by facet, and which papers are near to which."""
