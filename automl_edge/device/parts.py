"""Which code of a firmware belongs to which part: front end, interface, each layer.

The network's function is a straight line of calls, so the address inside it tells the
layer; what a kernel calls belongs to the layer that called the kernel.
"""

from __future__ import annotations

from automl_edge.device.core import Scope
from automl_edge.device.elf import Firmware, Function
from automl_edge.device.sources import CSources, Layer
from automl_edge.device.stack import instructions_of

START, INTERFACE, FRONT_END, LAYERS = range(4)
"""Numbers of parts; the layers' numbers begin at LAYERS. START is the reset code."""

NETWORK = Layer("network", 0)
"""Stands for all layers of a library whose own are not known."""


def part_names(library: CSources) -> tuple[str, ...]:
    """The names of the parts, by number."""
    return ("start", "interface", "front end", *(layer.name for layer in layers_of(library)))


def layers_of(library: CSources) -> tuple[Layer, ...]:
    """The library's layers, or NETWORK."""
    return library.layers or (NETWORK,)


def part_scopes(firmware: Firmware, library: CSources) -> tuple[Scope, ...]:
    """Where the code of each part lies in the linked ``firmware`` of ``library``.

    Raises ValueError if the network's function does not make the calls that it should.
    """
    main = firmware.function("main")
    scopes = [Scope(main.address, main.address + main.size, INTERFACE)]
    for name, part in ((".interface_code", INTERFACE), (".frontend_code", FRONT_END)):
        section = firmware.section(name)
        if section is not None:
            scopes.append(Scope(section.address, section.address + section.size, part))
    return (*scopes, *_layer_scopes(firmware, network_function(firmware, library), library))


def network_function(firmware: Firmware, library: CSources) -> Function:
    """The function that runs the network."""
    return firmware.function(f"{library.symbol}_net_run")


def _layer_scopes(firmware: Firmware, network: Function, library: CSources) -> list[Scope]:
    """From behind the last call of one layer to behind the last call of the next."""
    end = network.address + network.size
    if not library.layers:
        return [Scope(network.address, end, LAYERS)]
    returns = _returns(firmware, network)
    wanted = sum(layer.calls for layer in library.layers)
    if len(returns) != wanted:
        raise ValueError(f"{network.name} makes {len(returns)} calls, not {wanted}")
    scopes, start, calls = [], network.address, 0
    for number, layer in enumerate(library.layers):
        calls += layer.calls
        stop = end if calls == wanted else returns[calls - 1]
        scopes.append(Scope(start, stop, LAYERS + number))
        start = stop
    return scopes


def _returns(firmware: Firmware, function: Function) -> list[int]:
    """The address behind each call, or jump out of the function, in order."""
    inside = range(function.address, function.address + function.size)
    found = []
    for address, step in instructions_of(firmware, function):
        leaves = step.target is not None and step.target not in inside
        if leaves or step.indirect:
            found.append(address + step.size)
    return found
