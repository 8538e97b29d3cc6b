r"""Presets for simulators of learning in arrays: NeuroSim, the IBM analog hardware kit and CrossSim.

Each is a text that the program reads or that is put into it, with comments: which figure went into which name, by which
conversion, and what the program has that stays at its own default because nothing measured says it. Names are those of

- MLP+NeuroSim 3.0, ``Cell.cpp``, ``RealDevice`` (P.-Y. Chen, X. Peng and S. Yu, IEEE Trans. Comput.-Aided Des.
  Integr. Circuits Syst. 37, 3067, 2018): conductances in S, NL with the sign of its table, negative for a depression
  whose first pulses do most;
- aihwkit, ``PiecewiseStepDevice``, ``LinearStepDevice`` and ``ExpStepDevice`` (M. J. Rasch et al., Proc. AICAS 2021):
  weights w without a unit, here :math:`w = 2 (G - G_\min)/(G_\max - G_\min) - 1`;
- CrossSim, lookup tables ``dG_increasing.txt`` and ``dG_decreasing.txt`` of its version 2 (S. Agarwal et al., Proc.
  IJCNN 2016, 929): rows of quantiles of the step [S], columns of conductances [S]; ``params.xbar.device`` of version 3.

None of them is needed here. A figure of several devices gives the differences between them, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from fem.errors.arguments import checked
from fem.errors.checking import anything, one_of, optional, positive, voltage, whole
from fem.io.files import write_text
from studies.compact.export.preset_text import Preset
from studies.compact.export.step_laws import LAWS, fitted
from studies.compact.export.update_steps import UpdateSteps, even_steps, pulse, update_steps
from studies.compact.family import Array
from studies.protocols.protocol import Protocol

#: The labels of nonlinearity that NeuroSim's table has.
_LEAST_LABEL, _LARGEST_LABEL = 0.01, 9.0
_NEUROSIM_REST = {
    "cmosAccess, resistanceAccess, FeFET, gateCapFeFET": "of the access transistor, none was simulated",
    "nonlinearIV, NL": "ratio of the currents at the write voltage and at half of it, not of pulses and reads",
    "readNoise, sigmaReadNoise": "reads have no noise here",
    "heightInFeatureSize, widthInFeatureSize": "of the layout",
}
_AIHWKIT_REST = {
    "diffusion, lifetime, drift": "of a retention, not of pulses",
    "reset, reset_std": "no reset was measured",
    "corrupt_devices_prob": "share of broken devices",
    "write_noise_std": "noise of a read after each write",
}
_CROSSSIM_REST = {
    "params.xbar.device.cell_bits": "analog here: figure.levels says how many levels can be told apart",
    "params.xbar.device.read_noise": "reads have no noise here",
    "params.xbar.device.drift_error": "of a retention, not of pulses",
    "params.xbar.array": "of the lines, not of a cell",
}


@checked(
    source=anything,
    potentiation=optional(anything),
    depression=optional(anything),
    read_voltage=optional(voltage),
    read_width=optional(positive),
)
def to_neurosim(
    source: Any,
    *,
    potentiation: Protocol | None = None,
    depression: Protocol | None = None,
    read_voltage: float | None = None,
    read_width: float | None = None,
) -> str:
    """Return the lines of NeuroSim's ``RealDevice`` for a figure, a model of the family "pulse table" or its values.

    ``source``: a ``PotentiationDepression`` in S, or several of them for devices that should be alike. ``potentiation``
    and ``depression``: the trains of pulses; a table has no nonlinearity without them. ``read_voltage`` [V] and
    ``read_width`` [s] of the reads. What is not given or known is left out, and said.
    """
    steps = update_steps(source, potentiation, depression)
    out = Preset(
        "//",
        ";",
        "MLP+NeuroSim 3.0, Cell.cpp: in RealDevice::RealDevice, for the lines of these names",
        steps,
    )
    out.add("maxConductance", steps.largest, "S", "largest conductance of the mean courses")
    out.add("minConductance", steps.smallest, "S", "smallest conductance of the mean courses")
    out.add("readVoltage", read_voltage, "V", "of the reads", why="no read voltage was given")
    out.add("readPulseWidth", read_width, "s", "of the reads", why="no width of the reads was given")
    _pulses(out, {"LTP": potentiation, "LTD": depression})
    for name, count in zip(("LTP", "LTD"), steps.pulses, strict=True):
        out.add(f"maxNumLevel{name}", count or None, "", "pulses from one end of the range to the other",
                why="the number of pulses is not known: give the trains, and a depression")  # fmt: skip
    _nonlinearity(out, steps)
    _spreads(out, steps)
    return out.text(_NEUROSIM_REST)


def _spreads(out: Preset, steps: UpdateSteps) -> None:
    """Add the spreads from pulse to pulse and from device to device."""
    out.add("sigmaCtoC", steps.step_spread * steps.range, "S",
            f"spread of one step from pulse to pulse, {steps.step_spread:.4g} of the range",
            why="the spread of a step was not measured (two trains or more, or a table with one); its default is not 0 "
            "but 0.005*(maxConductance - minConductance)")  # fmt: skip
    alone = "one device only"
    out.add(
        "sigmaDtoD", steps.between.get("nonlinearity"), "1", "spread of NL from device to device", why=alone
    )
    if steps.devices > 1:
        out.add("conductanceRangeVar", True, "", "both ends of the range differ from device to device")
    out.add("maxConductanceVar", steps.between.get("largest"), "S", "spread from device to device", why=alone)
    out.add(
        "minConductanceVar", steps.between.get("smallest"), "S", "spread from device to device", why=alone
    )


def _pulses(out: Preset, trains: Mapping[str, Protocol | None]) -> None:
    """Add voltages and widths of the pulses LTP and LTD: equal ones, or ones that grow by even steps."""
    found: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {}
    for way, train in trains.items():
        why = "no train of pulses was given"
        if train is not None:
            heights, widths = (even_steps(values) for values in pulse(train))
            why = "the pulses neither are equal nor grow by even steps, which is all that NeuroSim has"
            if heights is not None and widths is not None:
                found[way] = heights, widths
                continue
        out.leave(f"writeVoltage{way}", why)
        out.leave(f"writePulseWidth{way}", why)
    grow = any(heights[1] or widths[1] for heights, widths in found.values())
    if grow:
        out.add(
            "nonIdenticalPulse", True, "", "the pulses grow; NeuroSim then reads these of both directions"
        )
    for way, ((height, rise), (width, growth)) in found.items():
        if not grow:
            out.add(
                f"writeVoltage{way}",
                abs(height),
                "V",
                f"size of the amplitude, {height:g} V on the driven contact",
            )
            out.add(f"writePulseWidth{way}", width, "s", "plateau of a pulse, without its edges")
            continue
        for name, value, unit in (("V", height, "V"), ("PW", width, "s")):
            out.add(f"{name}init{way}", value, unit, "of the first pulse")
            out.add(f"{name}step{way}", rise if name == "V" else growth, unit, "from pulse to pulse")


def _nonlinearity(out: Preset, steps: UpdateSteps) -> None:
    """Add NL of both directions with NeuroSim's sign and in the range of its table."""
    known = [n for n in steps.nonlinearity if n == n]
    if len(known) == 2 and max(map(abs, known)) < _LEAST_LABEL:
        out.add(
            "nonlinearWrite",
            False,
            "",
            f"both nonlinearities are below {_LEAST_LABEL}, where NeuroSim's table begins",
        )
        for name in ("NL_LTP", "NL_LTD"):
            out.leave(name, "the updates are linear")
        return
    for name, label, sign in (("NL_LTP", steps.nonlinearity[0], 1), ("NL_LTD", steps.nonlinearity[1], -1)):
        value = sign * label
        said = "nonlinearity_potentiation" if sign > 0 else "minus nonlinearity_depression"
        if label == label and not _LEAST_LABEL <= abs(label) <= _LARGEST_LABEL:
            value = float(np.copysign(np.clip(abs(label), _LEAST_LABEL, _LARGEST_LABEL), value))
            said += f", measured {sign * label:.4g}: the end of NeuroSim's table"
        out.add(name, value, "1", said, why="no nonlinearity is known")


@checked(source=anything, law=one_of(LAWS))
def to_aihwkit(source: Any, *, law: str = "piecewise") -> str:
    """Return Python text with a device of aihwkit for a figure, a model of the family "pulse table" or its values.

    ``law``: "piecewise" is the steps at even shares of the range, "linear" and "exponential" are laws fitted to them by
    least squares; the text says how far they are off. Raises IncompatibleError without a depression.
    """
    steps = update_steps(source)
    steps.needs_both("aihwkit")
    found = fitted(law, steps.up, steps.down)
    out = Preset("#", ",", f"IBM aihwkit: {found.device}", steps, indent="    ")
    out.note("w = 2 (G - G_min)/(G_max - G_min) - 1, so that a step of w is two steps over the range; "
             f"G_min = {steps.smallest:.9g} S, G_max = {steps.largest:.9g} S")  # fmt: skip
    out.note(f"root-mean-square distance of the law from the steps: {found.misfit:.3g} of the range")
    out.add("w_min", -1.0, "1", "G_min")
    out.add("w_max", 1.0, "1", "G_max")
    for name, (fit, said) in found.values.items():
        out.add(name, fit, "1", said)
    mean = "the spread of a step was not measured; the default is 0.3, not 0"
    out.add("dw_min_std", 2 * steps.step_spread / found.noisy, "1",
            f"spread of a step, {steps.step_spread:.4g} of the range, over {found.noisy_said}", why=mean)  # fmt: skip
    _differences(out, steps)
    out.leave(
        "up_down_dtod",
        "whether devices differ in their asymmetry was not measured; the default is 0.01, not 0",
    )
    for name in found.unknown:
        out.leave(name, "not measured; the default is 0.05, not 0")
    body = out.text(
        _AIHWKIT_REST,
        before=f"from aihwkit.simulator.configs.devices import {found.device}\n\ndevice = {found.device}(",
        after=")",
    )
    return body


def _differences(out: Preset, steps: UpdateSteps) -> None:
    """Add the spreads from device to device."""
    alone = "one device only; the default is {}, not 0"
    half = steps.range / 2
    for name, key, scale, default in (
        ("dw_min_dtod", "step", 1.0, 0.3),
        ("w_max_dtod", "largest", half, 0.3),
        ("w_min_dtod", "smallest", half, 0.3),
    ):
        value = steps.between[key] / scale if key in steps.between else None
        out.add(name, value, "1", "spread from device to device, relative", why=alone.format(default))


@checked(source=anything, quantiles=whole(3, 10_001), conductances=whole(2, 100_001))
def to_crosssim(source: Any, *, quantiles: int = 101, conductances: int = 201) -> dict[str, str]:
    """Return CrossSim's files by name: both lookup tables, and Python text with its parameters.

    ``source`` as in ``to_aihwkit``. A table has a row for each of ``quantiles`` of the step, normally distributed about
    its mean, and a column for each of ``conductances``; without a measured spread all of its rows are alike.
    """
    steps = update_steps(source)
    steps.needs_both("CrossSim")
    tables = {
        "dG_increasing.txt": _lookup_table(steps, steps.up, quantiles, conductances, 1.0),
        "dG_decreasing.txt": _lookup_table(steps, steps.down, quantiles, conductances, -1.0),
    }
    return {**tables, "parameters.py": _parameters(steps)}


def _parameters(steps: UpdateSteps) -> str:
    """Return the parameters of CrossSim as Python text."""
    out = Preset(
        "#",
        "",
        "CrossSim: parameters; update_model and dG_lookup are of version 2, params.xbar of version 3",
        steps,
    )
    out.add("params.numeric_params.update_model", "DG_LOOKUP", "", "steps by the lookup tables")
    out.add("params.numeric_params.dG_lookup.file_increasing", "dG_increasing.txt", "", "steps up [S]")
    out.add("params.numeric_params.dG_lookup.file_decreasing", "dG_decreasing.txt", "", "steps down [S]")
    out.add("params.numeric_params.dG_lookup.Gmin_relative", 0.0, "1", "all of the range is used")
    out.add("params.numeric_params.dG_lookup.Gmax_relative", 1.0, "1", "all of the range is used")
    out.add("params.xbar.device.Rmin", 1 / steps.largest, "Ohm", "1/G_max")
    out.add("params.xbar.device.Rmax", 1 / steps.smallest, "Ohm", "1/G_min")
    known = steps.level_spread == steps.level_spread
    if known:
        out.add(
            "params.xbar.device.programming_error.enable",
            True,
            "",
            "by pulses without a check, as in the trains",
        )
        out.add(
            "params.xbar.device.programming_error.model",
            "NormalIndependentDevice",
            "",
            "one spread for all levels",
        )
    out.add("params.xbar.device.programming_error.magnitude", steps.level_spread / steps.largest, "1",
            f"spread of a conductance, given or from train to train, {steps.level_spread:.4g} S, over G_max",
            why="the spread of a conductance was not measured")  # fmt: skip
    if steps.step_spread != steps.step_spread:
        out.leave(
            "spread of the steps in the tables", "it was not measured, and all rows of a table are alike"
        )
    return out.text(_CROSSSIM_REST)


def write_files(texts: Mapping[str, str], folder: str | Path) -> list[Path]:
    """Return the paths of the files written into ``folder``, such as those of ``to_crosssim``."""
    return [write_text(Path(folder) / name, text) for name, text in texts.items()]


def _lookup_table(steps: UpdateSteps, nodes: Array, quantiles: int, conductances: int, sign: float) -> str:
    """Return a lookup table: a heading, conductances, quantiles, and the steps [S], shape (quantiles, conductances)."""
    x = np.linspace(0.0, 1.0, conductances)
    mean = np.interp(x, np.linspace(0.0, 1.0, nodes.size), nodes)
    shares = np.linspace(0.0, 1.0, quantiles)
    # a row is drawn for the quantiles nearest to it: the first and the last one for half as many
    middle = np.clip(shares, 0.25 / (quantiles - 1), 1 - 0.25 / (quantiles - 1))
    spread = steps.step_spread if steps.step_spread == steps.step_spread else 0.0
    noise = spread * np.array([NormalDist().inv_cdf(p) for p in middle])
    table = steps.range * (sign * mean[None, :] + noise[:, None])
    rows = [steps.smallest + steps.range * x, shares, *table]
    heading = (
        f"1st row: G [S]; 2nd row: CDF; then dG [S], rows CDF, columns G. Of memfem: {steps.said}; steps are linear "
        f"between {nodes.size} nodes" + ("" if spread else "; no spread was measured: all rows are alike")
    )
    return "\n".join([heading, *(",".join(f"{v:.12g}" for v in row) for row in rows)]) + "\n"
