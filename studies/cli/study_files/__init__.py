"""Study files: TOML in which every value has its unit, checked with file, line and key before anything is computed.

A study names a published device, whose protocol it has unless it gives another one::

    [device]
    published = "mapbi3_interface_via"
    variant = "line"                      # a function of its module; device() if nothing is said
    options = {size = "12 nm"}            # its arguments

    [experiment]
    contact = "top"

or describes one, by the names of the classes that scripts use and the names of their arguments::

    title = "A cell of MAPbI3"
    device = {temperature = "300 K"}

    [geometry]                            # VerticalStack, LateralDevice, Transistor, TipElectrode, CrossbarBlock
    type = "VerticalStack"                # with the arguments of its mesh()
    size = "20 nm"
    interface_size = "1 nm"
    area = "1 um^2"                       # or shape = {type = "Via", radius = "125 nm", ...}
    layers = [{name = "ITO", thickness = "50 nm"}, {name = "film", thickness = "250 nm"},
              {name = "Au", thickness = "50 nm"}]

    [materials]                           # by region: a name, or a base with changes
    ITO = "ITO"
    Au = "Au"
    film = {base = "MAPbI3", electron_affinity = {value = "3.9 eV", source = "Courtier2019"}}

    [[physics]]                           # terms of fem.physics
    type = "Poisson"
    [[physics]]
    type = "Carriers"
    [[physics]]
    type = "MobileIons"
    name = "iodide_vacancy"

    [contacts]                            # one or a list
    bottom = ["OhmicContact", {type = "HeatSink", temperature = "300 K"}]
    top = {type = "SchottkyContact", work_function = "4.8 eV"}

    [[protocol]]                          # Sweep, Rest, Pulse, PulseTrain, Staircase, one after the other
    type = "Sweep"
    voltages = ["0 V", "1 V", "-1 V", "0 V"]
    rate = "0.1 V/s"
    repeat = 2

    [experiment]                          # arguments of iv_sweep
    contact = "top"
    circuit = {compliance = "1 uA"}
    voltage_step = "20 mV"

    [outputs]
    folder = "results/cell"               # results/ and the name of the file if nothing is said
    csv = true                            # fields and pictures are kept unless they are false
"""
