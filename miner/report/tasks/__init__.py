"""The literature task by task: models, tests and figures for each question that several papers ask, and what a paper on them says."""
