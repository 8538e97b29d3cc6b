"""Series of runs: what is kept when one fails, files, processes, trends and statistics with known answers."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import xarray as xr
from scipy import stats

from fem.errors import ConvergenceError, IncompatibleError, ModelWarning, OutOfRangeError, UnknownNameError
from studies import Sweep, Trace, plot_series, series, series_trace, trend, variability

RATES = [0.01, 0.1, 1.0, 10.0]


def _threshold_trace(rate: float) -> Trace:
    """Return the loop at ``rate`` [V/s] of a resistor that sets 0.1 V later per decade of the rate."""
    protocol = Sweep(0, 1, -1, 0, rate=rate)
    time = np.linspace(0, protocol.duration, 401 + int(np.log10(rate) * 10))
    voltage, on, current = protocol.voltage(time), False, []
    for v in voltage:
        on = (on or v >= 0.603 + 0.1 * np.log10(rate)) and v > -0.503
        current.append(v / (1e3 if on else 1e6))
    columns = {"time": time, "voltage": voltage, "current": current, "cycle": protocol.cycle(time)}
    return Trace.from_columns(columns, {"citations": ["nobody2026"]})


def _series(run: Callable[[float], Any], values: list[float] = RATES, **options: Any) -> xr.Dataset:
    return series(run, parameter="sweep rate", values=values, unit="V/s", progress=False, **options)


def test_traces_come_back_with_their_own_length_and_origin() -> None:
    data = _series(_threshold_trace)
    assert dict(data.sizes) == {"sweep_rate": 4, "sample": 411}
    assert data["sweep_rate"].attrs["units"] == "V/s"
    for rate in RATES:
        again, wanted = series_trace(data, rate), _threshold_trace(rate)
        np.testing.assert_array_equal(again.current, wanted.current)
        np.testing.assert_array_equal(again.time, wanted.time)
        assert again.provenance["citations"] == ["nobody2026"]
        assert again.current_unit == "A"
    with pytest.raises(UnknownNameError, match=r"'0\.5'"):
        series_trace(data, 0.5)


def test_lower_bounds_are_kept_beside_the_figures_that_they_bound() -> None:
    def run(ratio: float) -> Any:
        time = np.linspace(0, 4, 401)
        voltage = np.interp(time, [0, 1, 2, 3, 4], [0, 1, 0, -1, 0])
        current = voltage * np.where((time > 1) & (time < 3), 1e-3, 1e-3 / ratio)
        columns = {"time": time, "voltage": voltage, "current": current, "current_error": np.full(401, 1e-6)}
        return Trace.from_columns(columns, {}).switching(0.2)

    data = series(run, parameter="ratio", values=[100.0, 1e7], unit="1", progress=False)
    np.testing.assert_allclose(data["on_off_ratio"], [100.0, np.nan])
    np.testing.assert_allclose(data["on_off_ratio_at_least"], [np.nan, 99.5])  # 199 uA over 2 uA
    np.testing.assert_allclose(data["high_resistance_at_least"], [np.nan, 1e5])
    assert data["high_resistance_at_least"].attrs["units"] == "Ohm"


def test_figures_of_a_loop_have_units_and_a_trend_per_decade() -> None:
    data = _series(lambda rate: _threshold_trace(rate).switching(read_voltage=0.1))
    assert data["V_set"].attrs["units"] == "V"
    assert data["high_resistance"].attrs["units"] == "Ohm"
    found = trend(data, "V_set")
    assert found.per_decade
    assert found.slope == pytest.approx(0.1, abs=0.005)
    assert found.unit == "V per decade"
    assert found.rank_correlation == pytest.approx(1.0)
    assert found.direction == "rises"
    assert trend(data, "V_reset").direction == "no clear trend"
    assert "V per decade" in repr(found)


def test_a_failed_run_leaves_the_others_and_says_why(tmp_path: Path) -> None:
    def run(rate: float) -> dict[str, Any]:
        if rate == 0.1:
            raise ConvergenceError("the step became too small", time=3.0)
        return {"V_set": 2 * rate, "trace": _threshold_trace(rate)}

    path = tmp_path / "series.nc"
    data = _series(run, save=path)
    np.testing.assert_allclose(data["V_set"], [0.02, np.nan, 2.0, 20.0])
    assert data["failure"].values.tolist() == [
        "",
        "ConvergenceError: the step became too small (t = 3 s)",
        "",
        "",
    ]
    assert trend(data, "V_set", log=False).missing == 1
    with pytest.raises(UnknownNameError, match="too small"):
        series_trace(data, 0.1)
    with xr.open_dataset(path) as again:
        xr.testing.assert_equal(again.load(), data)
        assert series_trace(again, 10.0).time.size == 411


def test_a_series_that_is_stopped_has_saved_what_was_done(tmp_path: Path) -> None:
    def run(rate: float) -> dict[str, float]:
        if rate == 1.0:
            raise KeyboardInterrupt
        return {"figure": rate}

    with pytest.raises(KeyboardInterrupt):
        _series(run, save=tmp_path / "series.nc")
    with xr.open_dataset(tmp_path / "series.nc") as kept:
        np.testing.assert_array_equal(kept["figure"], [0.01, 0.1, np.nan, np.nan])
        assert kept["failure"].values.tolist() == ["", "", "not run", "not run"]


def test_a_series_goes_on_with_what_was_not_done(tmp_path: Path) -> None:
    """Runs that worked are not done again, those that failed are; figures and traces are those of one series."""
    ran, path = tmp_path / "ran", tmp_path / "series.nc"
    log, first = str(ran), str(tmp_path / "broken")

    def run(rate: float) -> dict[str, Any]:
        with open(log, "a") as file:
            file.write(f"{rate:g} ")
        if rate >= 1.0 and not os.path.exists(first):
            open(first, "w").close()
            raise KeyboardInterrupt
        if rate == 0.1 and not os.path.exists(first):
            raise ConvergenceError("for once")
        return {"V_set": 2 * rate, "odd": np.nan, "trace": _threshold_trace(rate)}

    with pytest.raises(KeyboardInterrupt):
        _series(run, save=path)
    whole = _series(run, save=path)
    assert ran.read_text().split() == ["0.01", "0.1", "1", "0.1", "1", "10"]
    again = _series(run, save=path)
    assert len(ran.read_text().split()) == 6
    fresh = _series(run)
    xr.testing.assert_identical(again.drop_attrs(deep=False), whole.drop_attrs(deep=False))
    undated = [data.drop_attrs(deep=False).drop_vars("provenance") for data in (whole, fresh)]
    xr.testing.assert_identical(*undated)
    assert series_trace(again, 1.0).provenance["citations"] == ["nobody2026"]
    more = _series(run, [0.01, 0.1, 1.0, 10.0, 100.0], save=path)
    assert more["V_set"].values.tolist() == [0.02, 0.2, 2.0, 20.0, 200.0]
    assert ran.read_text().split()[-1] == "100" and len(ran.read_text().split()) == 11


def test_a_file_of_another_series_is_refused_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "series.nc"
    _series(lambda rate: {"figure": 2 * rate}, [1.0, 2.0], save=path)
    before = path.read_bytes()

    def other(rate: float) -> dict[str, float]:
        return {"figure": 3 * rate}

    with pytest.raises(
        IncompatibleError, match=r"another series: run: function other here, another function"
    ):
        _series(other, [1.0, 2.0], save=path)
    for values, reason in (
        ([1.0], "results at sweep rate 2 V/s, which are not"),
        ([1.5], "at sweep rate 1, 2"),
    ):
        with pytest.raises(IncompatibleError, match=reason):
            _series(lambda rate: {"figure": 2 * rate}, values, save=path)
    with pytest.raises(IncompatibleError, match="unit: 'mV/s' here, 'V/s' there"):
        run: Any = lambda rate: {"figure": 2 * rate}  # noqa: E731
        series(run, parameter="sweep rate", values=[1.0, 2.0], unit="mV/s", save=path, progress=False)
    assert path.read_bytes() == before
    trace = _threshold_trace(1.0).save(tmp_path / "trace.nc")
    (tmp_path / "text.nc").write_text("no series")
    for foreign in (trace, tmp_path / "text.nc"):
        before = foreign.read_bytes()
        with pytest.raises(
            IncompatibleError, match=r"cannot be read as a series|no file of a series"
        ) as refused:
            _series(other, [1.0, 2.0], save=foreign)
        assert "\n" not in str(refused.value) and foreign.read_bytes() == before


def test_a_series_that_can_never_be_resumed_says_so_before_it_runs(tmp_path: Path) -> None:
    held = object()
    with pytest.warns(ModelWarning, match="series.nc cannot be resumed: run.held") as found:
        _series(lambda rate: {"figure": rate if held else 0.0}, save=tmp_path / "series.nc")
    assert found[0].filename == __file__, "a warning is of the user's own line"


@pytest.mark.parametrize("workers", [1, 2])
def test_what_ends_a_process_is_a_failure_of_one_run(workers: int) -> None:
    def run(rate: float) -> dict[str, float]:
        if rate == 0.01:
            raise SystemExit(3)
        if rate == 0.1:
            raise GeneratorExit
        if rate == 1.0:
            import time

            time.sleep(100.0)
        return {"square": rate**2}

    data = _series(run, workers=workers, time_limit=1.0)
    late = "TimeoutError: the run took longer than 1 s"
    assert data["failure"].values.tolist() == ["SystemExit: 3", "GeneratorExit", late, ""]
    for limit in (0.0, np.nan, -1.0):
        with pytest.raises(OutOfRangeError, match="time_limit"):
            _series(run, time_limit=limit)


def test_what_could_not_be_saved_is_on_the_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("studies.sweeps.series.save_series", full)
    with pytest.raises(OSError, match="No space left") as found:
        _series(lambda rate: {"square": rate**2}, save=tmp_path / "series.nc")
    assert found.value.data["square"].values[0] == RATES[0] ** 2  # type: ignore[attr-defined]
    assert "1 runs were done" in found.value.__notes__[0]


def test_ctrl_c_ends_a_series_whose_runs_hang_in_processes(tmp_path: Path) -> None:
    saved = str(tmp_path / "series.nc")

    def run(rate: float) -> dict[str, float]:
        import os
        import signal
        import time

        if rate > 0.01:
            signal.signal(signal.SIGTERM, signal.SIG_IGN if rate == 0.1 else signal.SIG_DFL)
            while not os.path.exists(saved):  # the other run is done and kept
                time.sleep(0.05)
            os.kill(os.getppid(), signal.SIGINT)
            time.sleep(1000.0)
        return {"square": rate**2}

    with pytest.raises(KeyboardInterrupt):
        _series(run, [0.01, 0.1], workers=2, save=saved)
    with xr.open_dataset(saved) as kept:
        assert kept["failure"].values.tolist() == ["", "not run"]


def test_processes_end_with_a_series_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(
        "import os, signal, time\n"
        "from studies import series\n"
        "def run(value):\n"
        f"    open({str(tmp_path)!r} + f'/{{value:g}}', 'w').write(str(os.getpid()))\n"
        "    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM] if value else [])\n"
        "    time.sleep(1000)\n"
        "series(run, parameter='seed', values=[0, 1], unit='1', workers=2, progress=False)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    files, end = [tmp_path / "0", tmp_path / "1"], time.monotonic() + 60.0
    with subprocess.Popen([sys.executable, str(script)], env=environment) as process:
        while not all(file.exists() and file.read_text() for file in files):  # both runs have begun
            assert time.monotonic() < end
            time.sleep(0.05)
        process.kill()
    runs = [int(file.read_text()) for file in files]
    while any(psutil.pid_exists(run) for run in runs):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_two_processes_give_what_one_gives() -> None:
    def run(rate: float) -> dict[str, float]:
        if rate == 1.0:
            raise ValueError("bad luck")
        return {"square": rate**2}

    here, there = _series(run), _series(run, workers=2)
    xr.testing.assert_identical(here.drop_attrs(), there.drop_attrs())
    assert there["failure"].values.tolist() == ["", "", "ValueError: bad luck", ""]


def test_a_process_that_dies_does_not_take_other_runs_with_it() -> None:
    """Those that had ended, those that were running, and those that were to come are all there."""

    def run(rate: float) -> dict[str, float]:
        import os
        import time

        time.sleep(0.2)
        if rate == 1.0:
            os._exit(1)
        return {"square": rate**2}

    data = _series(run, [0.01, 0.1, 1.0, 10.0, 100.0, 1000.0], workers=2)
    assert data["failure"].values.tolist() == [
        "",
        "",
        "the process of this case ended with code 1",
        "",
        "",
        "",
    ]
    assert data["square"].values[[0, 1, 3, 4, 5]].tolist() == [1e-4, 0.1**2, 100.0, 1e4, 1e6]


@pytest.mark.slow
def test_a_run_that_hangs_in_compiled_code_is_ended() -> None:
    """Which lets no signal through to Python."""

    def run(rate: float) -> dict[str, float]:
        import ctypes

        if rate == 0.1:
            ctypes.PyDLL(None).sleep(1000)  # holds the lock of the interpreter
        return {"square": rate**2}

    data = _series(run, [0.01, 0.1, 1.0], workers=2, time_limit=0.5)
    late = "TimeoutError: the run took longer than 0.5 s"
    assert data["failure"].values.tolist() == ["", late, ""]


def test_a_run_that_holds_what_cannot_travel_is_refused() -> None:
    held = (k for k in range(3))

    def run(rate: float) -> dict[str, float]:
        return {"next": next(held) + rate}

    assert _series(run, [1.0, 2.0])["next"].values.tolist() == [1.0, 3.0]
    with pytest.raises(IncompatibleError, match="inside of it"):
        _series(run, [1.0, 2.0], workers=2)


def test_a_series_without_any_result_is_an_error() -> None:
    def run(rate: float) -> float:
        return rate

    with pytest.raises(
        IncompatibleError, match=r"none of the 4 runs over sweep rate worked.*returned a float"
    ):
        _series(run)


def test_a_figure_with_a_name_of_the_series_is_refused() -> None:
    for name in ("sweep_rate", "failure"):
        with pytest.raises(IncompatibleError, match=f"a run gave '{name}', which a series has itself"):
            _series(lambda rate, name=name: {name: rate})  # type: ignore[misc]
    with pytest.raises(IncompatibleError, match="gave no traces"):
        series_trace(_series(lambda rate: {"figure": rate}), 1.0)


def test_bad_series_are_refused_before_they_run() -> None:
    def run(rate: float) -> dict[str, float]:
        raise AssertionError("must not run")

    for values in ([], [1.0, 1.0], [float("nan")]):
        with pytest.raises(OutOfRangeError, match="values of sweep rate"):
            _series(run, values)
    with pytest.raises(OutOfRangeError, match="workers"):
        _series(run, workers=0)
    with pytest.raises(OutOfRangeError, match="file of a series"):
        _series(run, save="/dev/null/all.nc")
    with pytest.raises(OutOfRangeError, match="name of a parameter"):
        series(run, parameter="sample", values=[1.0], unit="1")


def test_a_trend_has_the_slope_and_error_of_its_line() -> None:
    """y = 3 - 2 x + e (1, -2, 1)/6 at x = 0, 1, 2: the error of the slope is e/sqrt(12)."""
    e = 0.6
    y = dict(zip([0.0, 1.0, 2.0], np.array([3, 1, -1]) + e * np.array([1, -2, 1]) / 6, strict=True))
    found = trend(_series(lambda x: {"y": y[x]}, [0.0, 1.0, 2.0]), "y")
    assert not found.per_decade
    assert found.slope == pytest.approx(-2.0)
    assert found.intercept == pytest.approx(3.0)
    assert found.standard_error == pytest.approx(e / np.sqrt(12))
    assert found.rank_correlation == pytest.approx(-1.0)
    assert found.direction == "no clear trend"  # 12.7 standard errors of three points are 2.2
    with pytest.raises(UnknownNameError, match="V_sett"):
        trend(_series(lambda x: {"V_set": x}), "V_sett")
    with pytest.raises(OutOfRangeError, match="at least 3"):
        trend(_series(lambda x: {"y": x}, [1.0, 2.0]), "y")


def test_plot_of_a_series_is_logarithmic_over_decades() -> None:
    import matplotlib

    matplotlib.use("Agg")
    ax = plot_series(_series(lambda rate: _threshold_trace(rate).switching()), "V_set")
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel() == "Sweep rate [V/s]"
    assert ax.get_ylabel() == "V set [V]"
    assert variability(stats.weibull_min(8, scale=0.6).rvs(50, random_state=1)).plot().get_xscale() == "log"
    matplotlib.pyplot.close("all")


# ---- statistics


@pytest.mark.parametrize("sign", [1, -1])
def test_weibull_voltages_give_their_slope_and_scale_back(sign: int) -> None:
    """The error of the slope is 0.78 of it over the root of n, that of the scale 1.05/slope."""
    n, slope, scale = 4000, 8.0, 0.6
    voltages = sign * stats.weibull_min(slope, scale=scale).rvs(n, random_state=2)
    found = variability(voltages)
    assert found.weibull_shape == pytest.approx(slope, rel=3 * 0.78 / np.sqrt(n))
    assert found.weibull_scale == pytest.approx(scale, rel=3 * 1.05 / slope / np.sqrt(n))
    assert found.weibull_distance < 1.5 / np.sqrt(n)
    assert found.quantiles[0.5] == pytest.approx(sign * scale * np.log(2) ** (1 / slope), rel=0.01)


def test_voltages_of_another_law_are_far_from_weibull() -> None:
    found = variability(np.exp(np.random.default_rng(3).standard_normal(4000)))
    assert found.weibull_distance > 3 / np.sqrt(4000)


def test_statistics_of_a_few_seeds_leave_out_those_that_failed() -> None:
    def run(seed: float) -> dict[str, float]:
        if seed == 3:
            raise ValueError("did not switch")
        return {"V_set": {0: -1.0, 1: -2.0, 2: -3.0}[int(seed)]}

    data = series(run, parameter="seed", values=range(4), unit="1", progress=False)
    found = variability(data["V_set"], quantiles=[0.5])
    assert (found.mean, found.standard_deviation, found.coefficient_of_variation) == (-2.0, 1.0, 0.5)
    assert found.quantiles == {0.5: -2.0}
    assert found.missing == 1
    assert found.name == "V_set"
    assert ("missing", 1.0, "") in found.rows()
    assert np.isnan(variability([-1.0, 1.0, 2.0]).weibull_shape)
    with pytest.raises(OutOfRangeError, match="at least 2"):
        variability([1.0, np.nan])
    with pytest.raises(OutOfRangeError, match="quantile"):
        variability([1.0, 2.0], quantiles=[1.5])
