"""Parameters of sensitivities by name, and the coordinates that label them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.device.parameters import Parameter, parameters
from fem.errors import IncompatibleError

if TYPE_CHECKING:
    from fem.device.device import Device

RECORDED = "current_sensitivity"  #: the variable of a trace: p dI/dp
ADMITTANCE = "admittance_sensitivity"  #: those of a spectrum, with "_real" and "_imaginary": p dY/dp


def as_parameters(device: Device, names: Sequence[str | Parameter] | None) -> tuple[Parameter, ...]:
    """Return parameters by name, or as they are given; all of the device's if None."""
    if names is None:
        return parameters(device)
    known = {p.name: p for p in parameters(device, [n for n in names if not isinstance(n, Parameter)] or [])}
    found = tuple(n if isinstance(n, Parameter) else known[n] for n in names)
    if len({p.name for p in found}) < len(found):
        raise IncompatibleError("two parameters have the same name.")
    if not found:
        raise IncompatibleError("no parameter is given; name one at least, such as 'film.electron_mobility'.")
    return found


def labels_of(wanted: Sequence[Parameter]) -> dict[str, Any]:
    """Return the coordinates of parameters."""
    about = {"long_name": "value of the parameter, in its unit"}
    return {
        "parameter": [p.name for p in wanted],
        "parameter_value": ("parameter", np.array([p.value for p in wanted]), about),
        "parameter_unit": ("parameter", [p.unit for p in wanted]),
    }
