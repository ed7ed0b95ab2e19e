"""The spaCy rule engine that finds sample sizes, performances and moderators in text."""
