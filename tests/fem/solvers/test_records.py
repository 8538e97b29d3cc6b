"""What solvers tell by ``logging``, and when they stop trying."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

import fem.errors.records as records
from fem import Circuit, Device, equilibrium, steady
from fem.errors import ConvergenceError
from fem.errors.records import Told, logger
from fem.units import nm
from tests import conducting


@pytest.fixture(scope="module")
def oxide() -> Device:
    return conducting.oxide(size=4 * nm, lateral_size=10 * nm)


def told(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno == level and r.name == "memfem.solvers"]


def test_steady_tells_bias_points_at_info_and_iterations_at_debug(
    oxide: Device, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "memfem"):
        steady(oxide, {"top": 0.1}, max_bias_step=0.05)
    points = [text for text in told(caplog, logging.INFO) if "of the way" in text]
    assert ["50 %" in points[0], "100 %" in points[-1]] == [True, True]
    assert "bottom 0 V, top 0.1 V" in points[-1] and points[-1].endswith("iterations")
    iterations = told(caplog, logging.DEBUG)
    assert "iteration 1" in iterations[0] and "potential" in iterations[0]
    assert not told(caplog, logging.WARNING)


def test_at_info_no_iterations_are_told(oxide: Device, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "memfem"):
        steady(oxide, {"top": 0.1})
    assert told(caplog, logging.INFO) and not told(caplog, logging.DEBUG)


def test_equilibrium_tells_its_nodes_and_iterations(
    devices: object, caplog: pytest.LogCaptureFixture
) -> None:
    device = devices.single_layer()  # type: ignore[attr-defined]
    with caplog.at_level(logging.INFO, "memfem"):
        equilibrium(device)
    (line,) = [text for text in told(caplog, logging.INFO) if "equilibrium" in text]
    assert f"{device.mesh.num_nodes} nodes" in line


def test_a_repeated_diverging_update_is_not_halved_for_long(
    oxide: Device, caplog: pytest.LogCaptureFixture
) -> None:
    start = equilibrium(oxide)
    with caplog.at_level(logging.INFO, "memfem"), pytest.raises(ConvergenceError) as error:
        steady(oxide, {"top": 2e-6}, start=start, circuits={"top": Circuit(source="current")})
    cuts = [text for text in told(caplog, logging.INFO) if "step cut" in text]
    assert len(cuts) == 5 and "too many iterations" in cuts[0]
    assert "5 times with the same updates although each step was half the one before" in str(error.value)
    assert "top at 30 V" in str(error.value)
    assert error.value.last_good.bias["top"] == 0.0


def test_nothing_is_printed_unless_it_is_asked_for() -> None:
    script = "from fem.errors.records import logger; logger('fem.solvers.x').warning('a word')"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_a_logger_has_the_name_of_its_room() -> None:
    assert logger("fem.solvers.newton").name == "memfem.solvers"
    assert logger("studies.sweeps.series") is logger("studies.sweeps.saved")


def test_only_the_first_rank_tells(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    with caplog.at_level(logging.INFO, "memfem"):
        monkeypatch.setattr(records, "on_first_rank", lambda: False)
        logger("fem.solvers.x").info("one word")
        monkeypatch.setattr(records, "on_first_rank", lambda: True)
        logger("fem.solvers.x").info("another word")
    assert told(caplog, logging.INFO) == ["another word"]


def test_numbers_are_told_with_their_units() -> None:
    assert str(Told({"top": 2e-6, "bottom": 0.0}, {"top": "A", "bottom": "V"})) == "top 2e-06 A, bottom 0 V"
    assert str(Told({"potential": 38.7})) == "potential 38.7"
