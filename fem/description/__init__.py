"""Descriptions as plain data: what a value is made of, what differs between two, and a value made again from it.

A description is made of None, booleans, numbers, texts, lists and dictionaries, as JSON has them. A term, contact,
circuit, material, shape or protocol is ``{"type": its public name, field: description, ...}``; a field that is None,
as it is where it is not given, is left out.

>>> from fem.contacts import OhmicContact
>>> to_dict(OhmicContact(work_function=8e-19))
{'type': 'fem.contacts.OhmicContact', 'work_function': 8e-19}
>>> from_dict(to_dict(OhmicContact(work_function=8e-19))) == OhmicContact(work_function=8e-19)
True
>>> differences(to_dict(OhmicContact(work_function=8e-19)), to_dict(OhmicContact()))
['work_function: 4.99320726 eV here, none there']
"""

from __future__ import annotations

from fem.description.comparison import differences, same, without_identity
from fem.description.reading import from_dict
from fem.description.writing import to_dict

__all__ = ["differences", "from_dict", "same", "to_dict", "without_identity"]
