r"""Newton's method and what is solved with it: equilibrium, steady states, small signals.

Glossary of words of solvers, terms and transients that have no short name in the literature, or several:

======================  ==========================================================================================
unknown, field          a column of the vector of unknowns: potential, reduced densities, ions, ..., temperature
reduced density         u in n = r u, continuous across a heterojunction where n jumps (``fem.forms.bands``)
warmth                  T/T0, the temperature over the ambient one; None where the temperature is no unknown
rise                    (T - T0)/T0, the unknown of the temperature
island                  connected component of the regions of an ion: it keeps its own number of ions
content                 the number of ions on an island; a term that ``exchanges`` an ion changes it
level                   electrochemical potential of an ion species in equilibrium [kT], one for each island
vacant sites            1 - P/P_max; ``crowded`` where it is kept beside the density to keep its digits
lump                    integral with nodal quadrature, so that densities stay positive
row scale               factor of an equation: one over its largest diffusivity
held                    an unknown that a steady state leaves as it was: a polarisation, whose history it is
frozen ions             their motion and exchange are switched off, everywhere (``State.frozen_ions``)
loaded                  a state put into its device, with all switches, for as long as something is evaluated there
kept                    made once and kept with its owner: compiled forms, weights, problems (``fem.mesh.kept``)
drift                   rates of change of unknowns that do not rest in a given state, of slow trap levels
weight                  function that is 1 on a contact and 0 on the others, with which its current is an integral
way, part               the straight way of bias and light from a state to a goal, and how much of it is done
piece, kink, stop       smooth part of a drive, where two of them meet, and a time at which a step has to end
clock                   the time since the beginning of a piece as two floats
error norm              how far two sets of unknowns are apart, field by field, in the control of time steps
tangent                 how a solved state changes with parameters, by the linear system that Newton's method has there
side                    of a limit of a circuit's source: which of its two equations holds in this solve
pocket                  carriers cut off from all contacts, whose level a leak below rounding decides (README, Limits)
======================  ==========================================================================================
"""
