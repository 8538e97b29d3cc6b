"""The letters in the demo's array: how long they take, which schemes read them, what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from studies.arrays.schemes import SCHEMES
from studies.demo import array, compact, letters
from tests.benchmarks.reference_rows.runs import timed
from tests.benchmarks.table import Row, at_most

#: Printed: letters are read at 0.05 V (Vishwanath et al., Mater. Horiz. 11, 2643, 2024); by which scheme is not.
ASKED = "one scheme at least reads all cells"


def rows() -> Iterator[Row]:
    """Yield the time of the part, the share of cells each scheme reads, energies and temperatures."""
    with TemporaryDirectory() as folder:
        model = compact.fitted(timed(2).cycle.trace, Path(folder)).model
    if model is None:
        yield Row("letters N, T, U", ASKED, "no compact model", met=False)
        return
    begin = monotonic()
    thermal = array.heat()
    found = letters.letters(model, thermal)
    yield at_most("letters written and read with crosstalk, wall", 60, monotonic() - begin, "s")
    shares = {scheme: min(one.right(scheme) for one in found) for scheme in SCHEMES}
    said = ", ".join(f"{scheme} {share:.1%}" for scheme, share in shares.items())
    yield Row("letters: cells read as written", ASKED, said, met=max(shares.values()) == letters.READABLE)
    for one in found:
        wrong = round((1 - one.right("grounded")) * one.image.size)
        yield at_most(f"letter {one.name}: cells read wrong, other lines at 0 V", 0, wrong)
    energy = sum(one.written.energy for one in found)
    hottest = max(one.written.highest_rise for one in found)
    yield Row(
        "energy of three letters; rise of neighbours",
        "reported",
        f"{energy:.3g} J; {hottest:.3g} K",
        met=True,
    )
