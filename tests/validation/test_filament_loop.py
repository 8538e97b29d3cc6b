"""The loop of the reference filament: SET steeper than RESET, hottest where the filament is narrow."""

from __future__ import annotations

from fem import NewtonOptions, State
from fem.units import nm
from studies import filament_switching
from studies.devices import mapbi3_filament as reference


def test_a_filament_sets_more_steeply_than_it_resets_and_is_hottest_where_it_is_narrow() -> None:
    """SET goes faster and faster until the compliance ends it: 0.15 V per decade, RESET 0.19 V.

    With cells of 3 nm at the axis, which do not draw the edge of the filament, SET is more than twice as steep.
    """
    device = reference.device(axis_size=1.25 * nm, size=12 * nm, growth=1.3)
    height = device.context.scalar_space.tabulate_dof_coordinates()[:, 1] * device.mesh.unit
    hottest: list[tuple[float, float]] = []

    def observe(state: State) -> None:
        temperature = state.temperature()
        hottest.append((float(temperature.max()), float(height[temperature.argmax()])))

    trace = reference.loop(
        device, reference.start(device), observe=observe, options=NewtonOptions(tolerance=1e-5)
    )
    found = filament_switching(trace, read_voltage=0.2, compliance=(None, 5e-6))
    assert found.V_set > 0 > found.V_reset
    assert found.low_resistance < 0.2 * found.high_resistance
    assert found.set.abruptness < 0.9 * found.reset.abruptness
    assert trace.current.max() < 5e-6 * (1 + 1e-9)
    temperature, place = max(hottest)
    assert temperature > 400
    assert place - reference.ELECTRODE < 0.1 * reference.FILM
