"""Cell lengths along a line: fine where something happens, growing geometrically to a largest size between.

A segment of length L is divided into N cells of length

    min(a q^i, b q^(N-1-i), size),   i = 0 ... N-1,

with a and b the sizes wanted at its two ends. N is the smallest number for which the largest ratio q allowed
reaches L; q is then lowered until the sum equals L. So the end cells keep their size exactly, neighbours
differ by at most the growth factor, and nothing is rescaled.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from geometries.names import GeometryError, check_number, check_positive

__all__ = ["Floats", "check_growth", "graded_axis", "graded_heights", "graded_segment"]

Floats = npt.NDArray[np.float64]

#: Most cells along one line: more is a length whose unit was forgotten.
LARGEST_COUNT = 1e5


def _lengths(count: int, ratio: float, first: float, last: float, size: float) -> Floats:
    """Return the `count` cell lengths [m] that the growth ratio gives."""
    powers = np.minimum(np.arange(count, dtype=float) * math.log(ratio), 600.0)
    rising = np.exp(powers)
    return np.minimum(np.minimum(first * rising, last * rising[::-1]), size)


def check_growth(growth: float) -> None:
    """Return nothing; the ratio of neighbouring cells must lie in (1, 3].

    Raises:
        GeometryError: it does not.
    """
    if not 1.0 < check_number("growth", growth) <= 3.0:
        raise GeometryError(f"growth is {growth!r}: the ratio of neighbouring cells must lie in (1, 3]")


def graded_segment(
    length: float,
    size: float,
    first: float | None = None,
    last: float | None = None,
    *,
    growth: float = 1.3,
    min_cells: int = 1,
) -> Floats:
    """Return the cell lengths [m], shape (cells,), of a segment; their sum is `length`.

    `first` and `last` [m] are the sizes wanted at the two ends; an end without a wish may grow to `size` [m].
    A segment too short for `min_cells` cells of the wanted size is divided evenly into `min_cells`.

    Raises:
        GeometryError: a length or size is not positive, an end size exceeds `size`, or growth is outside (1,
        3].
    """
    check_positive("length", length)
    check_positive("size", size)
    check_growth(growth)
    if length / size > LARGEST_COUNT:
        raise GeometryError(
            f"length {length:g} m with cells of {size:g} m makes {length / size:.1g} cells, and "
            f"{LARGEST_COUNT:g} is the most: is a unit missing (400 * nm)?"
        )
    ends = (size if first is None else first, size if last is None else last)
    for wanted in ends:
        check_positive("end size", wanted)
        if wanted > size * (1.0 + 1e-12):
            raise GeometryError(f"end size is {wanted!r}: it must not exceed size, which is {size!r}")
    start, stop = (math.inf if wish is None else wish for wish in (first, last))
    if length <= min(ends) * min_cells * (1.0 + 1e-9) or (math.isinf(start) and math.isinf(stop)):
        count = max(min_cells, math.ceil(length / size * (1.0 - 1e-9)))
        return np.full(count, length / count)
    count = min_cells
    while _lengths(count, growth, start, stop, size).sum() < length * (1.0 - 1e-12):
        count = max(count + 1, int(1.02 * count))
    while count > min_cells and _lengths(count - 1, growth, start, stop, size).sum() >= length:
        count -= 1
    low, high = 1.0, growth
    if _lengths(count, low, start, stop, size).sum() > length:
        return np.full(count, length / count)
    for _ in range(80):
        middle = 0.5 * (low + high)
        if _lengths(count, middle, start, stop, size).sum() < length:
            low = middle
        else:
            high = middle
    lengths = _lengths(count, high, start, stop, size)
    return np.asarray(lengths * (length / lengths.sum()))


def graded_heights(thickness: float, size: float, interface_size: float, growth: float = 1.3) -> Floats:
    """Return the cell lengths [m], shape (cells,), of a layer: `interface_size` at both faces, symmetric.

    Between the faces the cells grow by at most `growth` from one to the next, up to `size` [m]. A layer too
    thin for that (below about five cells of `interface_size`), or one whose `size` hardly exceeds
    `interface_size`, gets at least four equal cells, none larger than `interface_size`. The lengths sum to
    `thickness` [m].

    Raises:
        GeometryError: a length is not positive, interface_size exceeds size, or growth is outside (1, 3].

    Example:
        >>> heights = graded_heights(20e-9, 10e-9, 0.3e-9)
        >>> len(heights), round(float(heights[0]) * 1e9, 6), round(float(heights.sum()) * 1e9, 6)
        (19, 0.3, 20.0)
    """
    check_positive("thickness", thickness)
    check_positive("size", size)
    check_positive("interface_size", interface_size)
    if interface_size > size * (1.0 + 1e-12):
        raise GeometryError(
            f"interface_size is {interface_size!r}: it must not exceed size, which is {size!r}"
        )
    lengths = graded_segment(thickness, size, interface_size, interface_size, growth=growth, min_cells=4)
    return np.asarray(0.5 * (lengths + lengths[::-1]))


def graded_axis(
    marks: Sequence[float],
    size: float | Sequence[float],
    mark_sizes: Sequence[float | None],
    *,
    growth: float = 1.3,
    min_cells: int = 1,
) -> tuple[float, ...]:
    """Return node positions [m] along an axis that contain every mark exactly.

    `marks` are ascending positions [m]; `size` is the largest cell length [m], one for all or one per
    segment; `mark_sizes` gives the cell length [m] wanted next to each mark, or None.

    Raises:
        GeometryError: the marks do not ascend, or a segment cannot be graded.
    """
    sizes = [float(size)] * (len(marks) - 1) if isinstance(size, int | float) else list(size)
    nodes: list[float] = [float(marks[0])]
    for i, largest in enumerate(sizes):
        lower, upper = float(marks[i]), float(marks[i + 1])
        if not upper > lower:
            raise GeometryError(f"position {upper!r} follows {lower!r}: positions along an axis must ascend")
        wishes = [None if wish is None else min(wish, largest) for wish in mark_sizes[i : i + 2]]
        lengths = graded_segment(upper - lower, largest, *wishes, growth=growth, min_cells=min_cells)
        nodes.extend((lower + np.cumsum(lengths[:-1])).tolist())
        nodes.append(upper)
    return tuple(nodes)
