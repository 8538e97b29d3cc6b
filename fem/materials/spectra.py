"""Absorption spectra: data only, at the wavelengths of common lasers and diodes.

All of Koopmans 2022 are 4πk/λ of the tabulated refractive indices of SIMsalabim, without interference. Six
wavelengths do not show a band edge: between 700 and 780 nm those of perovskites are as good as a factor of two.
"""

from __future__ import annotations

from fem.materials.spectrum import Spectrum

_LASERS = (405e-9, 450e-9, 532e-9, 635e-9, 700e-9, 780e-9)
_FILE = "4 pi k/lambda of the refractive indices of SIMsalabim"


def _tabulated(*values: float, source: str = "Koopmans2022", note: str = _FILE) -> Spectrum:
    return Spectrum(_LASERS, values, source=source, note=note)


MAPBI3 = _tabulated(2.8e7, 2.0e7, 1.2e7, 4.2e6, 3.5e6, 6.3e5, source="Sherkar2017", note=f"{_FILE}, nk_MAPI")
#: Another film of the same files: up to five times as absorbing at 780 nm.
MAPBI3_SECOND = _tabulated(2.8e7, 2.3e7, 1.6e7, 8.1e6, 6.3e6, 3.2e6, note=f"{_FILE}, nk_MAPI_2")
TRIPLE_CATION = _tabulated(2.9e7, 2.3e7, 1.3e7, 5.9e6, 4.4e6, 6.8e4, note=f"{_FILE}, nk_peroTripleCat")
C60 = _tabulated(9.1e6, 9.3e6, 2.4e6, 6.0e5, 7.7e4, 2.1e3)
PCBM = _tabulated(5.9e6, 4.3e6, 1.5e6, 3.9e5, 1.3e5, 0.0)
PTAA = _tabulated(9.0e6, 1.5e6, 5.8e5, 3.1e5, 2.3e5, 1.7e5)
PEDOT_PSS = _tabulated(3.0e5, 3.5e5, 6.3e5, 1.1e6, 1.3e6, 1.6e6)
ITO = _tabulated(7.2e4, 5.4e4, 2.0e5, 2.4e5, 2.1e5, 1.6e5)

CSPBBR3 = Spectrum(
    (450e-9, 550e-9, 800e-9),
    (1e7, 0.0, 0.0),
    source="assumed",
    note="no table read: about 1e7 at 450 nm as lead halides have it, none beyond the gap (551 nm), linear between",
)
#: (PEA)2SnI4 at its exciton line.
PEA2SNI4_EXCITON = Spectrum(
    (600e-9, 620e-9),
    (5e6, 5e6),
    source="assumed",
    note="no table read: about 5e6 at the exciton line, 610 nm; elsewhere give your own",
)
