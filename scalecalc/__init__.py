"""Scaling laws and compute budgets for language-model training.

Every command is a function of the same name whose keywords are the command's options:

>>> import scalecalc
>>> result = scalecalc.optimal(flops="1e23")
>>> f"{result.params} parameters on {result.tokens} tokens"
'29.4B parameters on 566B tokens'

`scalecalc.call("gpu-hours", gpus=512)` does the same by the command's name.
"""

import importlib
from pathlib import Path
from typing import Any

__version__ = "0.1.0"

_ELSEWHERE = {"Problem": "scalecalc.problem", "call": "scalecalc.commands"}


def __getattr__(name: str) -> Any:
    """The command of that name as a function, or `call` or `Problem`; loaded on first use.

    Python asks here for submodules too, before it imports them, so nothing is imported to say no.
    """
    if name in _ELSEWHERE:
        return getattr(importlib.import_module(_ELSEWHERE[name]), name)
    if name.startswith("_") or not Path(__file__).with_name("commands").joinpath(f"{name}.py").is_file():
        raise AttributeError(f"module 'scalecalc' has no attribute {name!r}")
    return importlib.import_module("scalecalc.commands").function(name)
