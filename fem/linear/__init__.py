"""Linear solvers and preconditioners, which know no physics."""
