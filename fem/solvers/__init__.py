"""Newton's method and what is solved with it: equilibrium, steady states, small signals."""
