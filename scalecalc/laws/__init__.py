"""What loss follows: published scaling laws in plain arithmetic.

Laws are frozen dataclasses whose methods take floats or arrays. `band`, `flops_for`, `tokens_for` and
`params_for` answer the questions around them; `PublishedLaw` carries a law with its receipts.

What fewer need is imported from its module: the best model within limits (`constrained`, `constraints`),
smaller models on more tokens (`overtrain`), a model held against its budget (`audit`), what N and C count
(`conventions`), and laws of more than N and D (`repetition`, `experts`, `sparsity`, `precision`,
`vocabulary`, `transfer`, `downstream`).
"""

from scalecalc.laws.allocation import Allocation, LossCurve
from scalecalc.laws.arithmetic import PF_DAY
from scalecalc.laws.band import band, band_of_ratios
from scalecalc.laws.forms import FORMS
from scalecalc.laws.inverse import flops_for, params_for, tokens_for
from scalecalc.laws.law import Allocator, Law
from scalecalc.laws.published import COUNTS, PROVENANCE, PublishedLaw
from scalecalc.laws.receipts import Check, Range, Ranges, Uncertainty
from scalecalc.laws.surface import Additive, JointPower, KaplanJoint, PowerSum, Surface

__all__ = [
    "COUNTS",
    "FORMS",
    "PF_DAY",
    "PROVENANCE",
    "Additive",
    "Allocation",
    "Allocator",
    "Check",
    "JointPower",
    "KaplanJoint",
    "Law",
    "LossCurve",
    "PowerSum",
    "PublishedLaw",
    "Range",
    "Ranges",
    "Surface",
    "Uncertainty",
    "band",
    "band_of_ratios",
    "flops_for",
    "params_for",
    "tokens_for",
]
