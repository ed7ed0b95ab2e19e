"""The tests; a package, so that a `tests` folder that a dependency installs does not hide it."""
