"""A picture of samples of several parameters: each of them, and each pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from studies.compact.family import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BINS = 30
_INCH = 1.9  # of a panel


def corner(samples: Array, labels: Sequence[str], marks: Sequence[float], wide: Sequence[bool]) -> Figure:
    """Return a figure of ``samples``, shape (n, parameters), with a mark for each; ``wide``: on logarithmic axes."""
    import matplotlib.pyplot as plt

    n = len(labels)
    figure, axes = plt.subplots(
        n, n, figsize=(_INCH * n + 1, _INCH * n + 1), layout="constrained", squeeze=False, sharex="col"
    )
    bins = [_edges(samples[:, k], wide[k]) for k in range(n)]
    for row in range(n):
        for column in range(n):
            ax: Axes = axes[row][column]
            if column > row:
                ax.set_axis_off()
                continue
            if wide[column]:
                ax.set_xscale("log")
            if column == row:
                ax.hist(samples[:, column], bins=bins[column].tolist(), histtype="step", color="tab:blue")
                ax.set_yticks([])
            else:
                if wide[row]:
                    ax.set_yscale("log")
                ax.hist2d(samples[:, column], samples[:, row], bins=[bins[column], bins[row]], cmap="Blues")
                ax.plot(marks[column], marks[row], "+", color="tab:red")
                ax.set_ylim(bins[row][0], bins[row][-1])
            if column == row:
                ax.axvline(marks[column], color="tab:red", lw=1)
            ax.set_xlim(bins[column][0], bins[column][-1])
            ax.tick_params(labelleft=column == 0 and row > 0, labelsize="small")
            ax.set_xlabel(labels[column] if row == n - 1 else "")
            ax.set_ylabel(labels[row] if column == 0 and row > 0 else "")
    return figure


def _edges(values: Array, wide: bool) -> Array:
    """Return the edges of the bins of one parameter; samples that are all alike have some width, too."""
    low, high = float(values.min()), float(values.max())
    if not high > low:
        low, high = low - 1e-9 * max(abs(low), 1e-300), high + 1e-9 * max(abs(high), 1e-300)
    return np.geomspace(low, high, _BINS + 1) if wide else np.linspace(low, high, _BINS + 1)
