"""Learning rates of PyTorch's and transformers' schedulers, for the tests of `scalecalc schedule`.

Each configuration is asked of scalecalc, which prints the call that gives the same numbers; the call is
evaluated here as it stands, stepped through, and its rates are stored with the command line.

Usage: python bench/schedule_vectors.py > tests/training/schedule_vectors.json     (torch, transformers)
"""

from __future__ import annotations

import json
import sys
import warnings

import torch
import transformers

CONFIGURATIONS = {
    "constant": ["--decay constant --warmup 10", "--decay constant --warmup 0"],
    "linear": ["--decay linear --warmup 10 --min-lr 0", "--decay linear --warmup 7 --min-lr 3e-5"],
    "cosine": [
        "--decay cosine --warmup 10 --min-lr 0",
        "--decay cosine --warmup 0 --min-lr 0",
        "--decay cosine --warmup 13 --min-lr 10%",
    ],
    "inverse-sqrt": ["--decay inverse-sqrt --warmup 10", "--decay inverse-sqrt --warmup 10 --timescale 40"],
    "wsd": [
        "--decay wsd --warmup 10 --min-lr 0 --cooldown 20 --cooldown-form linear",
        "--decay wsd --warmup 10 --min-lr 0 --cooldown 20 --cooldown-form 1-sqrt",
        "--decay wsd --warmup 10 --min-lr 0 --cooldown 20 --cooldown-form cosine",
        "--decay wsd --warmup 0 --min-lr 1% --cooldown 100 --cooldown-form exponential",
        "--decay wsd --warmup 10 --warmup-from 10% --min-lr 10% --cooldown 30 --cooldown-form 1-sqrt",
    ],
    "multi-step": [
        "--decay multi-step --warmup 0 --milestones 50,80 --gamma 0.1",
        "--decay multi-step --warmup 10 --warmup-from 10% --milestones 50%,80% --gamma 0.5",
    ],
    "restarts": [
        "--decay restarts --warmup 10 --min-lr 0 --cycles 3",
        "--decay restarts --warmup 0 --min-lr 10% --cycles 3 --cycle-growth 2 --steps 70",
        "--decay restarts --warmup 0 --min-lr 0.0001 --cycles 4 --cycle-growth 1",
    ],
}
"""Command lines by shape; the peak is 1e-3 and the run 100 steps where they say nothing else."""


OTHER_CALLS = {
    "--decay cosine --warmup 0 --min-lr 0.0001": "CosineAnnealingLR(optimizer, T_max=100, eta_min=0.0001)",
    "--decay cosine --warmup 10 --warmup-from 10% --min-lr 0": "SequentialLR(optimizer, ["
    "torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=10), "
    "torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=90)], milestones=[10])",
    "--decay linear --warmup 0 --min-lr 20%": "LinearLR(optimizer, start_factor=1.0, end_factor=0.2, "
    "total_iters=100)",
}
"""Further schedulers of PyTorch, counted from zero, beside those that scalecalc names."""


def rates(call: str, peak: float, steps: int) -> list[float]:
    """The learning rate before each of the steps, as the optimizer uses it."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=peak)
    names = {"torch": torch, "transformers": _Getters(), "optimizer": optimizer, "float": float}
    scheduler = eval(call, {"__builtins__": {}}, names)
    found = []
    for _ in range(steps):
        found.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return found


def options(line: str) -> dict[str, str]:
    """The inputs of a command line, with the usual peak and length."""
    words = f"--peak-lr 1e-3 --steps 100 {line}".split()
    names = (word.removeprefix("--").replace("-", "_") for word in words[::2])
    return dict(zip(names, words[1::2], strict=True))


class _Getters:
    """The functions of transformers.optimization, some of which are not at its top."""

    def __getattr__(self, name: str) -> object:
        return getattr(transformers.optimization, name)


def main() -> None:
    """Ask, evaluate and print; a shape without any call is a fault."""
    from scalecalc import commands

    vectors = []
    for lines in CONFIGURATIONS.values():
        for line in lines:
            for convention in ("from-zero", "from-one"):
                asked = options(f"{line} --convention {convention}")
                found = commands.call("schedule", **asked)
                if found.same_as is None:
                    continue
                told = rates(found.same_as, found.peak_lr, found.steps)
                vectors.append({"asked": asked, "call": found.same_as, "rates": told})
    for line, call in OTHER_CALLS.items():
        asked = options(f"{line} --convention from-zero")
        told = rates(f"torch.optim.lr_scheduler.{call}", 1e-3, 100)
        vectors.append({"asked": asked, "call": f"torch.optim.lr_scheduler.{call}", "rates": told})
    document = {"torch": torch.__version__, "transformers": transformers.__version__, "vectors": vectors}
    json.dump(document, sys.stdout, indent=None, separators=(",", ":"))
    sys.stdout.write("\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
