"""A study file of a small cell, for tests of the command."""

from __future__ import annotations

STUDY = """title = "A cell of MAPbI3"

[device]
temperature = "300 K"

[geometry]
type = "VerticalStack"
size = "40 nm"
interface_size = "2 nm"
area = "1 um^2"
layers = [
    {name = "ITO", thickness = "50 nm"},
    {name = "film", thickness = "250 nm"},
    {name = "Au", thickness = "50 nm"},
]

[materials]
ITO = "ITO"
Au = "GOLD"
film = {base = "MAPbI3", electron_affinity = "3.9 eV"}

[[physics]]
type = "Poisson"
[[physics]]
type = "Carriers"
[[physics]]
type = "MobileIons"
name = "iodide_vacancy"

[contacts]
bottom = "OhmicContact"
top = {type = "SchottkyContact", work_function = "4.8 eV"}

[protocol]
type = "Sweep"
voltages = ["0 V", "0.4 V", "0 V"]
rate = "0.1 V/s"

[experiment]
contact = "top"
"""
