"""Figures of the transistor with a floating gate of CsPbBr3 beside those published, most of a sister device."""

from __future__ import annotations

from collections.abc import Iterable

from studies.comparisons.compared import Compared, row
from studies.devices import cspbbr3_floating_gate as crystals
from studies.devices.cspbbr3_floating_gate import ABOUT

LINES = (450, 520, 630)  #: [nm]
KEPT = (3e3, 3 * 3600.0)  #: [s]
ERASE, ERASING = -50.0, 100.0  #: [V], [s]


def compare() -> list[Compared]:
    """Return the figures of the transistor beside those published (about two minutes)."""
    return [*_light(), *_colours()]


def shift(wavelength: float) -> float:
    """Return the shift [V] by the exposure to light of a wavelength [m]."""
    dark = crystals.start(crystals.device(wavelength=wavelength))
    return crystals.threshold(crystals.held(dark, crystals.EXPOSURE, light=1.0)) - crystals.threshold(dark)


def _light() -> Iterable[Compared]:
    dark = crystals.start(crystals.device())
    before = crystals.threshold(dark)
    lit = crystals.held(dark, crystals.EXPOSURE, light=1.0)
    whole = crystals.threshold(lit) - before
    note = "MAPbBr3 sister: less negative, as electrons stay; by the mobility in the barrier layer"
    name = "shift, 365 nm, 35 W/m^2, 120 s"
    yield row(ABOUT, name, whole, note=note, of="shift of the sister", by="hopping")
    for time in (1.0, 10.0, 10 * crystals.EXPOSURE):
        other = crystals.threshold(crystals.held(dark, time, light=1.0)) - before
        yield row(ABOUT, f"shift after {time:g} s", other, "V", "slows down as it grows")
    for part, name in ((0.1, "3.5 W/m^2"), (crystals.WEAK / crystals.IRRADIANCE, "1.53 W/m^2 (CsPbBr3)")):
        yield row(
            ABOUT,
            f"shift, {name}, 120 s",
            crystals.threshold(crystals.held(dark, crystals.EXPOSURE, light=part)) - before,
            "V",
        )
    early, late = ((crystals.threshold(crystals.held(lit, time)) - before) / whole for time in KEPT)
    name = "part of the shift after {:g} s"
    yield row(ABOUT, name.format(KEPT[0]), early, "1", "published: 3000 s (no share)")
    note = "70 % are published of another quantity, a surface potential that a tip had injected"
    yield row(ABOUT, name.format(KEPT[1]), late, "1", note)
    left = (crystals.threshold(crystals.held(lit, ERASING, gate=ERASE)) - before) / whole
    yield row(ABOUT, f"part left by {ERASE:g} V, {ERASING:g} s", left, "1", "published: erases", missed=True)
    gain = ERASING / max(1 - left, 1e-12)
    note = "at least; Poole and Frenkel's would be 3e11"
    yield row(ABOUT, "gain of hopping for an erase in 1 s", gain, "1", note)


def _colours() -> Iterable[Compared]:
    blue, green, red = (shift(line * 1e-9) for line in LINES)
    name, note = "shift, {} nm, 35 W/m^2, 120 s", "published trend: strongest at 365 nm"
    yield row(ABOUT, name.format(LINES[0]), blue, "V", note, missed=True)
    yield row(ABOUT, name.format(LINES[1]), green, "V", note)
    note = "trend: the sister's surface potential stays as in the dark; pentacene alone absorbs it"
    yield row(ABOUT, name.format(LINES[2]), red, "V", note)


def quick() -> list[Compared]:
    """Return the shift by the exposure that the barrier layer was chosen for."""
    note = "MAPbBr3 sister; by the mobility in the barrier layer"
    dark = crystals.start(crystals.device())
    found = crystals.threshold(crystals.held(dark, crystals.EXPOSURE, light=1.0)) - crystals.threshold(dark)
    return [
        row(ABOUT, "shift, 365 nm, 35 W/m^2, 120 s", found, note=note, of="shift of the sister", by="hopping")
    ]
