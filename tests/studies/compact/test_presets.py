"""Presets for simulators of learning: names and values, read again from the text, and what is left out."""

from __future__ import annotations

import ast
import io
import re

import numpy as np
import pytest

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from studies import CompactModel, PotentiationDepression, PulseTrain
from studies.compact.export.presets import to_aihwkit, to_crosssim, to_neurosim, write_files
from studies.compact.families.pulse_table import NODES, PULSE_TABLE, drawn, table_values
from tests.family_values import VALUES, model

PULSES = 32
UP, DOWN = (PulseTrain(v, 1e-3, interval=1e-3, rise=1e-5, count=PULSES) for v in (1.0, -1.2))
LOW, HIGH = 1e-6, 1e-5


def course(decay: float) -> np.ndarray:
    """Return conductances [S] whose steps fall by e in ``decay`` pulses."""
    n = np.arange(PULSES + 1)
    return LOW + (HIGH - LOW) * (1 - np.exp(-n / decay)) / (1 - np.exp(-PULSES / decay))


def figure(noise: float = 0.0, trains: int = 1, seed: int = 0, top: float = 1.0) -> PotentiationDepression:
    """Return potentiation and depression whose steps have the spread ``noise`` [S]."""
    random = np.random.default_rng(seed)
    up, down = top * course(10.0), top * (LOW + HIGH - course(20.0))
    rows = [c + noise * np.cumsum(random.normal(size=(trains, PULSES + 1)), axis=1) for c in (up, down)]
    return PotentiationDepression.from_data(*rows)


def read(text: str) -> dict[str, object]:
    """Return name -> value of the statements of a preset, C++ or Python."""
    found: dict[str, object] = {}
    for line in text.splitlines():
        match = re.match(r"\s*([A-Za-z_][\w.]*) ?= ?(.+?)[;,]?  (?://|#) .+$", line)
        if match:
            found[match[1]] = ast.literal_eval({"true": "True", "false": "False"}.get(match[2], match[2]))
    return found


def left(text: str) -> str:
    """Return what a preset says is left at its default, in one line."""
    said = [line.lstrip("/# ") for line in text.splitlines() if line.startswith(("//", "#"))]
    return " ".join(said).partition("Left at the defaults")[2]


def test_neurosim_gets_the_figures_under_its_names() -> None:
    found = figure()
    text = to_neurosim(found, potentiation=UP, depression=DOWN, read_voltage=0.1, read_width=2e-3)
    values = read(text)
    assert values == {
        "maxConductance": pytest.approx(HIGH), "minConductance": pytest.approx(LOW),
        "readVoltage": 0.1, "readPulseWidth": 2e-3, "writeVoltageLTP": 1.0, "writeVoltageLTD": 1.2,
        "writePulseWidthLTP": pytest.approx(1e-3), "writePulseWidthLTD": pytest.approx(1e-3),
        "maxNumLevelLTP": PULSES, "maxNumLevelLTD": PULSES,
        "NL_LTP": pytest.approx(found.nonlinearity_potentiation, rel=1e-6),
        "NL_LTD": pytest.approx(-found.nonlinearity_depression, rel=1e-6),
    }  # fmt: skip
    assert values["NL_LTP"] > 1 > 0 > values["NL_LTD"]
    assert "-1.2 V on the driven contact" in text
    for name in (
        "sigmaCtoC: the spread of a step was not measured",
        "sigmaDtoD: one device only",
        "readNoise",
    ):
        assert name in left(text)


def test_what_is_not_given_is_left_out_and_said() -> None:
    only_up = PotentiationDepression.from_data(course(10.0))
    text = to_neurosim(only_up)
    assert set(read(text)) == {"maxConductance", "minConductance", "maxNumLevelLTP", "NL_LTP"}
    for name in ("readVoltage", "writeVoltageLTP", "writePulseWidthLTD", "maxNumLevelLTD", "NL_LTD"):
        assert f"{name}: " in left(text)
    with pytest.raises(IncompatibleError, match="needs the steps of a depression"):
        to_aihwkit(only_up)


def test_what_the_courses_do_not_cover_is_said() -> None:
    """Of a potentiation that begins inside the range nobody knows the steps below, nor the levels of all of it."""
    assert "of the range only" not in to_neurosim(figure()) and "begins near" not in to_aihwkit(figure())
    line = np.linspace(0.5 * (LOW + HIGH), HIGH, PULSES + 1)
    half = PotentiationDepression.from_data(line, np.linspace(HIGH, LOW, PULSES + 1))
    for text in (to_neurosim(half), to_aihwkit(half), to_crosssim(half)["parameters.py"]):
        flat = re.sub(r"\n(//|#) +", " ", text)
        assert "the potentiation goes from 0.50 to 1.00 of the range only" in flat
        assert "no step of the potentiation begins near 0, 0.2 of the range" in flat
        assert "the depression goes" not in flat


def test_the_spread_of_a_step_is_that_from_train_to_train() -> None:
    noisy = figure(noise=2e-8, trains=60)
    values = read(to_neurosim(noisy, potentiation=UP, depression=DOWN))
    assert values["sigmaCtoC"] == pytest.approx(2e-8, rel=0.03)
    kit = read(to_aihwkit(noisy, law="linear"))
    assert kit["dw_min_std"] * kit["dw_min"] / 2 * (HIGH - LOW) == pytest.approx(2e-8, rel=0.05)


def test_several_devices_say_how_they_differ() -> None:
    tops = np.array([0.9, 1.0, 1.2])
    devices = [figure(top=top) for top in tops]
    values = read(to_neurosim(devices))
    assert values["maxConductance"] == pytest.approx(HIGH * tops.mean())
    assert values["maxConductanceVar"] == pytest.approx(HIGH * tops.std(ddof=1))
    assert values["minConductanceVar"] == pytest.approx(LOW * tops.std(ddof=1))
    assert values["conductanceRangeVar"] is True
    assert values["sigmaDtoD"] == pytest.approx(0.0, abs=1e-6)
    kit = read(to_aihwkit(devices))
    assert kit["w_max_dtod"] == pytest.approx(
        HIGH * tops.std(ddof=1) / ((HIGH - LOW) * tops.mean() / 2), rel=1e-6
    )
    unequal = PotentiationDepression.from_data(course(10.0)[:20], course(10.0)[19::-1])
    with pytest.raises(IncompatibleError, match="equal numbers of pulses"):
        to_neurosim([figure(), unequal])


def test_growing_pulses_and_linear_updates_have_names_of_their_own() -> None:
    grow = PulseTrain(np.linspace(0.6, 1.2, 7), np.linspace(1e-3, 4e-3, 7), interval=1e-3, rise=1e-5)
    fall = PulseTrain(-np.linspace(0.6, 1.2, 7), 1e-3, interval=1e-3, rise=1e-5)
    line = np.linspace(LOW, HIGH, 8)
    text = to_neurosim(PotentiationDepression.from_data(line, line[::-1]), potentiation=grow, depression=fall)
    values = read(text)
    assert values["nonIdenticalPulse"] is True and text.count("nonIdenticalPulse =") == 1
    assert (values["VinitLTP"], values["VstepLTP"]) == pytest.approx((0.6, 0.1))
    assert (values["PWinitLTP"], values["PWstepLTP"]) == pytest.approx((1e-3, 5e-4))
    assert (values["VinitLTD"], values["VstepLTD"], values["PWstepLTD"]) == pytest.approx((-0.6, -0.1, 0.0))
    assert values["nonlinearWrite"] is False and "NL_LTP" not in values
    odd = PulseTrain([0.6, 1.0, 1.1, 1.1, 1.1, 1.1, 1.2], 1e-3, interval=1e-3, rise=1e-5)
    four = PotentiationDepression.from_data(line, line[::-1])
    assert "neither are equal nor grow" in left(to_neurosim(four, potentiation=odd))
    with pytest.raises(IncompatibleError, match="has 7 pulses, the figure is of 32"):
        to_neurosim(figure(), depression=odd)


def test_a_label_beyond_neurosims_table_is_its_last_one_and_says_so() -> None:
    steep = np.concatenate(
        ([LOW], np.full(3, HIGH) * [0.999, 0.9995, 1.0], np.linspace(HIGH, 1.00001 * HIGH, 60))
    )
    text = to_neurosim(PotentiationDepression.from_data(steep))
    assert read(text)["NL_LTP"] == 9.0 and "the end of NeuroSim's table" in text


def test_piecewise_nodes_are_the_steps_of_the_table() -> None:
    cell = model("pulse table")
    kit = read(to_aihwkit(cell))
    for name in ("up", "down"):
        nodes = [cell[f"{name}_{k}"] for k in range(NODES)]
        given = np.array(kit[f"piecewise_{name}"]) * kit["dw_min"] / (kit["w_max"] - kit["w_min"])
        np.testing.assert_allclose(given, nodes, rtol=1e-7, atol=1e-12)
    text = to_aihwkit(cell)
    call = next(node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    assert ast.unparse(call.func) == "PiecewiseStepDevice" and {k.arg for k in call.keywords} == set(kit)
    assert "dw_min_std" not in kit and "the default is 0.3, not 0" in left(text)


def test_soft_bounds_are_the_linear_device_with_slopes_of_one() -> None:
    x = np.linspace(0, 1, NODES)
    soft = VALUES["pulse table"] | {f"up_{k}": 0.1 * (1 - x[k]) for k in range(NODES)}
    soft |= {f"down_{k}": 0.06 * x[k] for k in range(NODES)}
    kit = read(to_aihwkit(soft, law="linear"))
    assert (kit["gamma_up"], kit["gamma_down"]) == pytest.approx((1.0, 1.0))
    assert kit["dw_min"] * (1 + kit["up_down"]) == pytest.approx(0.1)
    assert kit["dw_min"] * (1 - kit["up_down"]) == pytest.approx(0.06)
    assert kit["allow_increasing"] is False
    growing = soft | {f"up_{k}": 0.02 + 0.1 * x[k] for k in range(NODES)}
    assert read(to_aihwkit(growing, law="linear"))["allow_increasing"] is True


def test_the_exponential_device_has_the_law_that_the_steps_were_made_of() -> None:
    w = np.linspace(-1, 1, NODES)
    made = VALUES["pulse table"] | {f"up_{k}": 0.05 * (1 - 0.3 * np.exp(1.1 * w[k])) for k in range(NODES)}
    made |= {f"down_{k}": 0.04 * (1 - 0.1 * np.exp(-2.0 * w[k])) for k in range(NODES)}
    text = to_aihwkit(made, law="exponential")
    kit = read(text)
    assert (kit["A_up"], kit["gamma_up"]) == pytest.approx((0.3, 1.1), rel=0.02)
    assert (kit["A_down"], kit["gamma_down"]) == pytest.approx((0.1, 2.0), rel=0.02)
    assert kit["dw_min"] * (1 + kit["up_down"]) == pytest.approx(0.1, rel=0.01)
    with pytest.raises(UnknownNameError, match="law"):
        to_aihwkit(made, law="cubic")


def test_crosssim_reads_tables_with_the_steps_and_their_spread(tmp_path) -> None:
    cell = VALUES["pulse table"] | {"spread": 0.004}
    files = to_crosssim(cell)
    wide = cell["G_max"] - cell["G_min"]
    for name, sign in (("increasing", 1.0), ("decreasing", -1.0)):
        text = files[f"dG_{name}.txt"]

        def rows(skip: int, count: int | None, text: str = text) -> np.ndarray:
            return np.genfromtxt(io.StringIO(text), delimiter=",", skip_header=skip, max_rows=count)

        g, cdf, table = rows(1, 1), rows(2, 1), rows(3, None)
        assert (g[0], g[-1]) == pytest.approx((cell["G_min"], cell["G_max"]))
        assert table.shape == (cdf.size, g.size) and (cdf[0], cdf[-1]) == (0, 1)
        nodes = [cell[f"{'up' if sign > 0 else 'down'}_{k}"] for k in range(NODES)]
        x = (g - g[0]) / wide
        np.testing.assert_allclose(
            np.median(table, axis=0), sign * wide * np.interp(x, np.linspace(0, 1, NODES), nodes), atol=1e-12
        )
        share = np.full(cdf.size, 1 / (cdf.size - 1))
        share[[0, -1]] /= 2
        off = table - np.median(table, axis=0)
        assert np.sqrt(share @ off**2) == pytest.approx(0.004 * wide, rel=0.02)
    values = read(files["parameters.py"])
    assert values["params.xbar.device.Rmin"] == pytest.approx(1 / cell["G_max"])
    assert values["params.numeric_params.update_model"] == "DG_LOOKUP"
    assert "programming_error.magnitude" in left(files["parameters.py"])
    assert [p.name for p in write_files(files, tmp_path)] == list(files)
    assert (tmp_path / "dG_increasing.txt").read_text() == files["dG_increasing.txt"]


def test_crosssims_error_of_programming_is_the_spread_of_a_level_over_the_largest() -> None:
    noisy = figure(noise=2e-8, trains=6)
    values = read(to_crosssim(noisy)["parameters.py"])
    top = max(noisy.potentiation.mean(axis=0).max(), noisy.depression.mean(axis=0).max())
    assert values["params.xbar.device.programming_error.magnitude"] == pytest.approx(noisy.spread / top)
    plain = to_crosssim(figure(), quantiles=3, conductances=5)
    assert "all rows are alike" in plain["dG_increasing.txt"]


def test_a_table_has_the_nonlinearity_of_as_many_pulses_as_the_trains_have() -> None:
    up, down = course(10.0), course(10.0)[::-1]
    values = table_values(up, down, pulse_width=1e-3, write_voltage=1.0)
    assert "NL_LTP" not in read(to_neurosim(values))
    found = read(to_neurosim(values, potentiation=UP, depression=DOWN))
    straight = PotentiationDepression.from_data(
        up, drawn(values | {"spread": 0.0, "x_start": 1.0}, [-1.0] * PULSES)[0]
    )
    assert found["NL_LTP"] == pytest.approx(straight.nonlinearity_potentiation, rel=0.05)
    assert found["NL_LTD"] == pytest.approx(-straight.nonlinearity_depression, rel=1e-3)


def test_what_is_no_potentiation_in_siemens_is_refused() -> None:
    dense = CompactModel.from_values(VALUES["pulse table"], "A/m^2", PULSE_TABLE)
    for wrong, words in (
        (model("selector"), "not 'selector'"),
        (dense, "with_area"),
        (PotentiationDepression.from_data(course(9.0), course(9.0)[::-1], unit="S/m^2"), "are in S/m"),
        (
            PotentiationDepression.from_data(course(9.0)[::-1], course(9.0)),
            "raises and a depression that lowers",
        ),
        ({"G_min": 1e-6}, "lack G_max"),
        (3.0, "not of float"),
    ):
        with pytest.raises(IncompatibleError, match=words):
            to_neurosim(wrong)
    with pytest.raises(OutOfRangeError, match="number of devices"):
        to_neurosim([])
