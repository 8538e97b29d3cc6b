"""Kinds of faults that were found once, each with what is right and the tests that hold it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from tests.benchmarks.table import Row

ROOT = Path(__file__).resolve().parents[3]
LONGEST = 900  # [s] for all tests together

_DRIVES = "tests/studies/experiments/test_times_of_drives.py"
_REFUSALS = "tests/fem/io/test_refusals.py"
_MESHES = "tests/fem/mesh/test_from_file.py"
_LOOPS = "tests/studies/metrics/test_measured_loops.py"
_SPICE = "tests/studies/compact/test_spice.py"
_SERIES = "tests/studies/sweeps/test_series.py"
_SAVER = "tests/studies/experiments/test_saver.py"
_UNITS = "tests/studies/results/test_column_units.py"
_MODELS = "tests/studies/compact/test_model_file.py"
_BOUNDS = "tests/fem/errors/test_bounds.py"

#: Kind and what is right, then the file and the names of the tests that hold it.
KINDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("slow loop after a pulse of 20 ns in ngspice", "corners at 0.05 V"): (
        _SPICE,
        "test_ngspice_sees_a_slow_loop_after_a_fast_pulse",
        "test_a_pulse_too_short_for_ngspice_is_refused_and_not_passed_over",
    ),
    ("the same loop on a device", "every kink"): (
        _DRIVES,
        "test_a_loop_after_a_pulse_of_nanoseconds_is_cut_at_its_corners",
    ),
    ("snapshots of a pulse after 1e6 s", "0, 0.5, 0 V"): (
        _DRIVES,
        "test_snapshots_of_a_late_pulse_are_those_asked_for",
    ),
    ("snapshots of a second sweep", "counted from its start"): (
        _DRIVES,
        "test_snapshots_count_from_the_start_of_a_sweep_and_land_by_themselves",
    ),
    ("a drive of many recorded points", "1/50 of the swing a step"): (
        _DRIVES,
        "test_the_default_voltage_step_is_that_of_the_whole_protocol",
    ),
    ("a checkpoint from another start", "refused by field"): (
        _REFUSALS,
        "test_another_start_is_refused_by_the_field_that_differs",
    ),
    ("a checkpoint of another device", "refused by name"): (
        _REFUSALS,
        "test_a_checkpoint_of_another_device_is_refused_by_what_differs",
    ),
    ("a checkpoint under another light", "refused by name"): (
        _REFUSALS,
        "test_a_checkpoint_of_another_sweep_is_refused_by_what_differs",
    ),
    ("a selector with a threshold in a crossbar", "one point or an error"): (
        "tests/studies/arrays/test_network.py",
        "test_a_selector_without_an_operating_point_is_refused",
        "test_a_selector_with_one_operating_point_takes_it",
        "test_kirchhoff_holds_at_every_node_for_lines_however_good",
    ),
    ("two blocks of a .msh file", "current of a resistor"): (
        _MESHES,
        "test_two_blocks_of_a_file_carry_the_current_of_a_resistor",
    ),
    ("a .msh file that is no whole mesh", "MeshError in words"): (
        _MESHES,
        "test_what_is_no_whole_mesh_is_refused_in_words",
    ),
    ("columns in mA and mV", "converted"): (
        _UNITS,
        "test_figures_do_not_depend_on_the_unit_of_a_column",
        "test_a_unit_of_another_kind_is_refused",
    ),
    ("an energy without eV", "refused, eV named"): (
        _BOUNDS,
        "test_an_energy_without_its_unit_is_answered_with_it",
    ),
    ("silicon at 250 and 400 K", "warned of"): (
        "tests/fem/materials/test_validity.py",
        "test_a_device_beyond_the_temperatures_of_its_data_says_so",
    ),
    ("a parameter that a trace does not determine", "said, no error bar"): (
        "tests/studies/compact/test_uncertainty.py",
        "test_a_parameter_without_an_effect_is_not_determined_and_spoils_no_other",
        "test_a_start_that_is_forgotten_is_not_determined",
    ),
    ("V_set of an abrupt SET", "0.7 V"): (
        _LOOPS,
        "test_an_abrupt_set_with_samples_close_together_keeps_its_voltage",
    ),
    ("a read voltage below the first sample", "interpolated, or named"): (
        _LOOPS,
        "test_below_its_first_sample_a_branch_from_zero_is_ohmic",
        "test_a_branch_that_begins_above_the_read_voltage_is_named",
    ),
    ("a measured loop with 1 mV of noise", "1000, +0.70, -0.60 V"): (
        _LOOPS,
        "test_noise_of_the_voltage_moves_no_figure_by_more_than_itself",
        "test_noise_that_hides_the_branches_is_refused_as_noise",
    ),
    ("first states of two SPICE cells", "q0 per instance"): (
        _SPICE,
        "test_every_instance_may_begin_at_a_state_of_its_own",
        "test_the_header_says_how_a_cell_gets_its_first_state",
    ),
    ("any error or Ctrl-C in a sweep", "trace and checkpoint"): (
        _SAVER,
        "test_any_error_leaves_trace_partial_file_and_checkpoint",
        "test_a_failure_to_save_is_a_note_on_what_came_first",
    ),
    ("a series that was killed", "goes on"): (_SERIES, "test_a_series_goes_on_with_what_was_not_done"),
    ("a run of a series that hangs, exits or dies", "its own failure"): (
        _SERIES,
        "test_what_ends_a_process_is_a_failure_of_one_run",
        "test_a_process_that_dies_does_not_take_other_runs_with_it",
        "test_a_run_that_hangs_in_compiled_code_is_ended",
    ),
    ("a mesh file that is a script", "never run"): (
        _MESHES,
        "test_a_script_is_never_run",
        "test_options_and_scripts_beside_or_behind_a_mesh_are_never_run",
    ),
    ("a model file with a line break", "never run"): (
        _MODELS,
        "test_wrong_kinds_and_missing_keys_are_refused_in_one_sentence",
        "test_texts_of_a_model_stay_in_comments_of_ascii",
    ),
    ("random devices", "solved, or said why not"): (
        "tests/verification/test_random_devices.py",
        "test_a_random_device_is_solved_or_says_why_not",
    ),
    ("a device that is gone", "freed"): (
        "tests/fem/device/test_memory.py",
        "test_a_solved_device_is_freed_with_its_last_name",
    ),
    ("mobility 0 in a layer", "refused, named"): (
        _BOUNDS,
        "test_a_carrier_that_takes_part_cannot_be_immobile",
    ),
    ("temperatures of 16 to 45 K", "taken, with a warning"): (
        _BOUNDS,
        "test_a_cold_temperature_is_taken_and_said",
    ),
}


def rows() -> Iterator[Row]:
    """Yield a row for each kind: met if all of its tests were run and passed."""
    results = _results([f"{file}::{name}" for file, *names in KINDS.values() for name in names])
    for (kind, right), (file, *names) in KINDS.items():
        missing = [name for name in names if not results[(file, name)]]
        failed = [name for name in names if not all(results[(file, name)])]
        passed = sum(sum(results[(file, name)]) for name in names)
        said = (
            f"no test {missing[0]}"
            if missing
            else f"failed: {failed[0]}"
            if failed
            else f"{passed} tests passed"
        )
        yield Row(kind, right, f"{said} ({Path(file).name})", met=not missing and not failed)


def _results(tests: list[str]) -> dict[tuple[str, str], list[bool]]:
    """Return for each file and test whether its cases passed; one that was not found, or skipped, did not."""
    found: dict[tuple[str, str], list[bool]] = defaultdict(list)
    known = [t for t in tests if (ROOT / t.split("::")[0]).is_file()]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["-q", "-p", "no:cacheprovider", "--continue-on-collection-errors", f"--junitxml={report}"]
        command = [sys.executable, "-m", "pytest", *options, *_existing(known)]
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=LONGEST, check=False)
        for case in ElementTree.parse(report).iter("testcase"):
            file = case.attrib["classname"].replace(".", "/") + ".py"
            passed = not any(case.find(kind) is not None for kind in ("failure", "error", "skipped"))
            found[(file, case.attrib["name"].split("[")[0])].append(passed)
    return found


def _existing(tests: list[str]) -> list[str]:
    """Return the tests that their files define; pytest runs none if one of them is unknown."""
    return [t for t in tests if f"def {t.split('::')[1]}(" in (ROOT / t.split("::")[0]).read_text()]
