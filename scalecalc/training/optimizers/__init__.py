"""Optimizers as pure functions of floats or arrays: settings, a state, and a step without side effects.

>>> from scalecalc.training.optimizers import optimizer
>>> adamw = optimizer("adamw", learning_rate=0.1, weight_decay=0.1)
>>> params, state = adamw.step(1.0, 0.5, adamw.start(1.0))
>>> f"{params:.4f}"
'0.8900'
"""

from scalecalc.training.optimizers.adafactor import Adafactor
from scalecalc.training.optimizers.adam import Adam
from scalecalc.training.optimizers.catalog import ENTRIES, Entry, entry, optimizer
from scalecalc.training.optimizers.descent import Sgd
from scalecalc.training.optimizers.interface import Optimizer, State, Step
from scalecalc.training.optimizers.lion import Lion

__all__ = [
    "ENTRIES",
    "Adafactor",
    "Adam",
    "Entry",
    "Lion",
    "Optimizer",
    "Sgd",
    "State",
    "Step",
    "entry",
    "optimizer",
]
