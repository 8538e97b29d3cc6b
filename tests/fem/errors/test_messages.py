"""Errors in words: sentences that end once, and names that are close."""

from __future__ import annotations

import pytest

from fem import SchottkyContact, materials
from fem.errors import OutOfRangeError, UnknownNameError


def test_an_unknown_name_that_is_like_none_ends_its_sentence() -> None:
    with pytest.raises(UnknownNameError) as found:
        materials.get("nosuch")
    assert str(found.value).startswith("unknown material 'nosuch'. Known: Ag, Al, ")


def test_an_unknown_name_comes_with_those_that_are_close() -> None:
    with pytest.raises(UnknownNameError) as found:
        materials.get("MAPbI")
    assert str(found.value).startswith("unknown material 'MAPbI'; did you mean 'MAPbI3' or ")


def test_a_forgotten_unit_is_one_question() -> None:
    with pytest.raises(OutOfRangeError) as found:
        SchottkyContact(work_function=5.1)
    assert str(found.value).endswith("between 0.001 and 20 eV: did you mean 5.1 * eV?")
