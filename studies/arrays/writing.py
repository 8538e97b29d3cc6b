"""Writing an array: images by pulses row after row, again until a read agrees, and what that does to other cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from fem.errors import IncompatibleError, OutOfRangeError, warn
from fem.errors.arguments import settle
from fem.errors.checking import any_of, each, instance, not_negative, number, optional, positive, text, whole
from studies.arrays.cell_array import ArrayState, CellArray
from studies.arrays.reading import decided, read_all
from studies.arrays.schemes import Drive, Scheme, line_voltages, scheme_of
from studies.arrays.spread import Spread
from studies.arrays.stepping import Run, apply
from studies.progress import progress_line

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class WritePulse:
    """A pulse on a selected word line of ``voltage`` [V] for a ``width`` [s], with edges of ``rise`` [s].

    ``limiter`` [Ohm]: in series with each bit line during the pulse, which keeps the current of a cell that is set.
    """

    voltage: float
    width: float
    rise: float
    limiter: float = 0.0

    def __post_init__(self) -> None:
        settle(self, "a write pulse")
        if not (np.isfinite(self.voltage) and self.voltage != 0):
            raise OutOfRangeError("voltage of a write pulse [V]", self.voltage, "finite and not 0")
        positive("width of a write pulse [s]", self.width)
        positive("rise of a write pulse [s]", self.rise)
        not_negative("limiter of a write pulse [Ohm]", self.limiter)

    def drive(
        self, scheme: str | Scheme, shape: tuple[int, int], rows: ArrayLike, columns: ArrayLike
    ) -> Drive:
        """Return the pulse on the lines of an array of a ``shape`` that selects ``rows`` and ``columns``."""
        words, bits = line_voltages(scheme, shape, rows, columns, self.voltage)
        times = np.cumsum([0.0, self.rise, self.width, self.rise])
        share = np.array([0.0, 1.0, 1.0, 0.0])
        return Drive(times, np.outer(share, words), np.outer(share, bits))


@dataclass(frozen=True, eq=False)
class Written:
    """The ``state`` behind a write, its ``energy`` [J], the ``pulses`` that it took and the ``highest_rise`` [K].

    ``missed``, (rows, columns): cells that a last read of all, without noise, does not find where they should be: those
    that no pulse brought there, and those that writes of later rows took away. Without a read it is not known.
    """

    state: ArrayState
    energy: float
    pulses: int
    highest_rise: float
    missed: NDArray[np.bool_] | None = None

    def __repr__(self) -> str:
        read = "not read" if self.missed is None else f"{int(self.missed.sum())} cells missed"
        return f"Written({self.pulses} pulses, {self.energy:.4g} J, rise up to {self.highest_rise:.3g} K, {read})"


@dataclass(frozen=True, eq=False, kw_only=True)
class Writer:
    """How an array is written: ``set_pulse`` for low, ``reset_pulse`` for high resistance, by a ``scheme``.

    With ``from_cycle`` the parameters of all cells are drawn anew for each pulse, from ``random``: the spread from one
    write to the next.
    """

    array: CellArray
    set_pulse: WritePulse
    reset_pulse: WritePulse
    scheme: str | Scheme = "V/2"
    from_cycle: Spread | None = None
    random: np.random.Generator | None = None
    tolerance: float = 1e-3

    def __post_init__(self) -> None:
        settle(
            self, "a writer", array=instance(CellArray), set_pulse=instance(WritePulse),
            reset_pulse=instance(WritePulse), scheme=any_of(text, instance(Scheme)),
            from_cycle=optional(instance(Spread)), random=optional(instance(np.random.Generator)), tolerance=positive,
        )  # fmt: skip
        if scheme_of(self.scheme).bits == 0:
            warn(
                "unselected bit lines at 0 V: a pulse sees every cell of its word line as selected, and writes it. "
                "Scheme(words=0.0, bits=1.0) spares them behind transistors, V/2 or V/3 in arrays without."
            )

    def pulse(self, state: ArrayState, pulse: WritePulse, rows: ArrayLike, columns: ArrayLike) -> Run:
        """Return what one ``pulse`` on selected rows and columns does."""
        array = self.array.selecting(rows)
        if self.from_cycle is not None:
            array = array.with_spread(self.from_cycle, self.random or np.random.default_rng())
        if pulse.limiter:
            lines = array.lines
            array = replace(
                array, lines=replace(lines, bit_driver=np.asarray(lines.bit_driver) + pulse.limiter)
            )
        drive = pulse.drive(self.scheme, array.shape, rows, columns)
        return apply(array, state, drive, tolerance=self.tolerance)

    def write(self, state: ArrayState, image: ArrayLike, *, progress: bool | None = None) -> Written:
        """Return the array with an ``image`` (rows, columns) of True for low resistance.

        First the whole array is reset, row by row, then each row is set at once where the image is True.
        """
        wanted = _image(image, self.array.shape)
        rows, every = self.array.shape[0], np.arange(self.array.shape[1])
        steps = [(self.reset_pulse, i, every) for i in range(rows)]
        steps += [(self.set_pulse, i, np.flatnonzero(wanted[i])) for i in range(rows) if wanted[i].any()]
        return self._sequence(state, steps, progress)

    def _sequence(
        self,
        state: ArrayState,
        steps: Sequence[tuple[WritePulse, int, NDArray[np.intp]]],
        progress: bool | None,
    ) -> Written:
        energy = hottest = 0.0
        with progress_line("writing", progress) as line:
            for done, (pulse, row, columns) in enumerate(steps):
                run = self.pulse(state, pulse, row, columns)
                state, energy = run.state, energy + run.energy
                hottest = max(hottest, float(run.record["highest_rise"].max()))
                line.to((done + 1) / len(steps), f"word line {row}")
        return Written(state, energy, len(steps), hottest)

    def write_verified(
        self,
        state: ArrayState,
        image: ArrayLike,
        *,
        read_voltage: float,
        low: float,
        high: float,
        most: int = 10,
        growth: float = 1.0,
        noise: float = 0.0,
    ) -> Written:
        """Return the array with each row written and read until its cells are where the ``image`` wants them.

        A cell of low resistance reads at least ``low`` [A], one of high at most ``high`` [A], of magnitude, at
        ``read_voltage`` [V] with other lines at 0 V. A row gets at most so many pulses, each ``growth`` times the last.
        """
        wanted = _image(image, self.array.shape)
        whole(1)("most pulses", most)
        positive("growth of pulses", growth)
        not_negative("noise of a read", noise)
        if number("read voltage [V]", read_voltage) == 0:
            raise OutOfRangeError("read voltage [V]", read_voltage, "finite and not 0")
        low, high = (
            number("current of low resistance [A]", low),
            number("current of high resistance [A]", high),
        )
        if not 0 < high < low:
            raise OutOfRangeError("currents of low and high resistance [A]", (low, high), "0 < high < low")
        energy, hottest, pulses = 0.0, 0.0, 0
        for i in range(self.array.shape[0]):
            for k in range(most + 1):
                current = np.abs(self._row(state, i, read_voltage, noise))
                wrong = np.where(wanted[i], current < low, current > high)
                if not wrong.any() or k == most:
                    break
                for pulse, cells in (
                    (self.reset_pulse, wrong & ~wanted[i]),
                    (self.set_pulse, wrong & wanted[i]),
                ):
                    if cells.any():
                        grown = replace(pulse, voltage=pulse.voltage * growth**k)
                        run = self.pulse(state, grown, i, np.flatnonzero(cells))
                        state, energy, pulses = run.state, energy + run.energy, pulses + 1
                        hottest = max(hottest, float(run.record["highest_rise"].max()))
        current = np.abs([self._row(state, i, read_voltage, 0.0) for i in range(self.array.shape[0])])
        return Written(state, energy, pulses, hottest, np.where(wanted, current < low, current > high))

    def _row(self, state: ArrayState, row: int, voltage: float, noise: float) -> Array:
        """Return the currents [A] out of all bit lines with one word line at the voltage, the others at 0 V."""
        words, bits = line_voltages(
            "grounded", self.array.shape, row, np.arange(self.array.shape[1]), voltage
        )
        _, at = self.array.selecting(row).point(state, words, bits)
        random = self.random or np.random.default_rng()
        return at.cell.sum(axis=0) * (1.0 + noise * random.standard_normal(self.array.shape[1]))

    def disturb(
        self, state: ArrayState, cell: tuple[int, int], counts: Sequence[int], read_voltage: float
    ) -> xr.Dataset:
        """Return the currents of all cells at ``read_voltage`` [V], each alone, after so many writes of one ``cell``.

        A write is a set and a reset pulse. Over "writes", "row" and "column": ``current`` [A]; ``kind`` (row, column):
        "written", "same word line", "same bit line" or "unselected".
        """
        wanted = sorted({int(n) for n in each(whole(0), 1)("numbers of writes", counts)})
        number("read voltage [V]", read_voltage)
        seen = (
            [self.array.currents(state, np.full(self.array.shape, read_voltage))] if wanted[:1] == [0] else []
        )
        for n in range(1, wanted[-1] + 1):
            for pulse in (self.set_pulse, self.reset_pulse):
                state = self.pulse(state, pulse, *cell).state
            if n in wanted:
                seen.append(self.array.currents(state, np.full(self.array.shape, read_voltage)))
        i, j = np.indices(self.array.shape)
        kind = np.select(
            [(i == cell[0]) & (j == cell[1]), i == cell[0], j == cell[1]],
            ["written", "same word line", "same bit line"], "unselected",
        )  # fmt: skip
        about = {"units": "A", "long_name": f"current of the cell alone at {read_voltage:g} V"}
        return xr.Dataset(
            {
                "current": (("writes", "row", "column"), np.array(seen), about),
                "kind": (("row", "column"), kind),
            },
            coords={"writes": wanted},
        )


def _image(image: ArrayLike, shape: tuple[int, int]) -> NDArray[np.bool_]:
    wanted = f"an image is {shape} cells of True and False, or of 1 and 0"
    try:
        found = np.asarray(image)
    except ValueError:
        raise IncompatibleError(f"{wanted}; this one has rows of unequal lengths.") from None
    if found.dtype.kind not in "biuf":
        raise IncompatibleError(f"{wanted}, not {type(image).__name__}; letter() makes one of a letter.")
    if found.shape != shape:
        raise IncompatibleError(f"{wanted}; this one has the shape {found.shape}.")
    if not np.isin(found, (0, 1)).all():
        other = found[~np.isin(found, (0, 1))][0]
        raise IncompatibleError(f"{wanted}, not {other:g}; compare one of greys with a threshold.")
    return found.astype(bool)


#: 7 x 5 letters for pictures in arrays, rows from the top.
LETTERS: dict[str, tuple[str, ...]] = {
    "N": ("10001", "11001", "11001", "10101", "10011", "10011", "10001"),
    "T": ("11111", "00100", "00100", "00100", "00100", "00100", "00100"),
    "U": ("10001", "10001", "10001", "10001", "10001", "10001", "01110"),
}


def letter(name: str, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return a letter of ``LETTERS``, as large as whole cells allow, in the middle of an array of a ``shape``."""
    if name not in LETTERS:
        raise OutOfRangeError("letter", name, f"one of {', '.join(LETTERS)}")
    dots = np.array([[c == "1" for c in row] for row in LETTERS[name]])
    times = min(shape[0] // dots.shape[0], shape[1] // dots.shape[1])
    if times < 1:
        raise OutOfRangeError("shape of an array for a letter", shape, f"at least {dots.shape}")
    large = np.kron(dots, np.ones((times, times), dtype=bool))
    found = np.zeros(shape, dtype=bool)
    top, left = (shape[0] - large.shape[0]) // 2, (shape[1] - large.shape[1]) // 2
    found[top : top + large.shape[0], left : left + large.shape[1]] = large
    return found


def errors(
    array: CellArray,
    state: ArrayState,
    image: ArrayLike,
    voltage: float,
    scheme: str | Scheme = "grounded",
    decide: Callable[[xr.Dataset], xr.DataArray] = decided,
) -> NDArray[np.bool_]:
    """Return which cells a read by a scheme gets wrong, (rows, columns); ``decide``: what a read calls low."""
    return decide(read_all(array, state, voltage, scheme)).values != _image(image, array.shape)
