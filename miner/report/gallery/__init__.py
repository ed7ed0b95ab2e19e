"""The panels that reports are made of, each under a name: figure, words, and the data behind both."""
