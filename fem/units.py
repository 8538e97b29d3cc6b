"""Units at the edge: everything inside memfem is an SI float, ``400 * nm`` is 4e-7.

>>> from fem.units import nm, eV, V, s
>>> f"{400 * nm:g} m"
'4e-07 m'
"""

from __future__ import annotations

from fem.constants import ELEMENTARY_CHARGE

m, cm, mm, um, nm = 1.0, 1e-2, 1e-3, 1e-6, 1e-9
s, ms, us, ns, ps = 1.0, 1e-3, 1e-6, 1e-9, 1e-12
V, mV = 1.0, 1e-3
A, mA, uA, nA, pA = 1.0, 1e-3, 1e-6, 1e-9, 1e-12
Ohm, kOhm, MOhm = 1.0, 1e3, 1e6
S = 1.0
F = 1.0
W, mW, uW = 1.0, 1e-3, 1e-6
J = 1.0
eV = ELEMENTARY_CHARGE
K = 1.0
Hz, kHz, MHz = 1.0, 1e3, 1e6
kg = 1.0
C = 1.0

#: Factor from a unit that a datum may declare to SI.
TO_SI: dict[str, float] = {
    "1": 1.0,
    "m": 1.0,
    "nm": nm,
    "s": 1.0,
    "K": 1.0,
    "V": 1.0,
    "eV": eV,
    "J": 1.0,
    "m^-3": 1.0,
    "cm^-3": 1e6,
    "m^2/s": 1.0,
    "cm^2/s": 1e-4,
    "m^2/(V s)": 1.0,
    "cm^2/(V s)": 1e-4,
    "m^3/s": 1.0,
    "cm^3/s": 1e-6,
    "m^6/s": 1.0,
    "m/s": 1.0,
    "S/m": 1.0,
    "V/m": 1.0,
    "C/m^2": 1.0,
    "W/(m K)": 1.0,
    "J/(m^3 K)": 1.0,
    "m^2 K/W": 1.0,
    "A/(m^2 K^2)": 1.0,
    "Ohm": 1.0,
    "1/m": 1.0,
    "(m/V)^0.5": 1.0,
    "(cm/V)^0.5": 0.1,
}
