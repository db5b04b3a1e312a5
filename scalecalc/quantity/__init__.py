"""Numbers people write: floats that parse and print themselves, each with its unit.

Where two readings of a text differ it is refused, with the reason and the two ways to write it. Every printed
text parses back to itself.
"""

from scalecalc.quantity.cluster import Cluster
from scalecalc.quantity.counts import Bytes, DeviceHours, Params, Tokens
from scalecalc.quantity.duration import Duration
from scalecalc.quantity.flops import Compute, Flops, GpuHours, parse_compute
from scalecalc.quantity.money import Dollars, Price
from scalecalc.quantity.number import significant
from scalecalc.quantity.ratios import Share, TokensPerParam
from scalecalc.quantity.refusal import Refused, shown
from scalecalc.quantity.scalar import Quantity
from scalecalc.quantity.sweep import OneOrMany, parse_sweep, swept_kind

__all__ = [
    "Bytes",
    "Cluster",
    "Compute",
    "DeviceHours",
    "Dollars",
    "Duration",
    "Flops",
    "GpuHours",
    "OneOrMany",
    "Params",
    "Price",
    "Quantity",
    "Refused",
    "Share",
    "Tokens",
    "TokensPerParam",
    "parse_compute",
    "parse_sweep",
    "shown",
    "significant",
    "swept_kind",
]
