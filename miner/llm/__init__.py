"""A language model behind an endpoint that is compatible with OpenAI's: asked only where a command says so, and never believed."""
