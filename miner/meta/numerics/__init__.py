"""Root finding, quadrature and optimisation."""
