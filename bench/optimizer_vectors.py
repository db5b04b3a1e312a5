"""Trajectories of PyTorch's optimizers, which the tests hold the program's own against.

Writes tests/training/optimizer_vectors.json: for each case the settings in the program's names, the
parameters after every step, and what the optimizer keeps at the end, all in float64. PyTorch has no Lion; its
cases are algorithm 2 of Chen et al. 2023 (arXiv 2302.06675) written out below in plain tensor operations.

    python bench/optimizer_vectors.py        needs torch 2.13, of which neither program nor tests know
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

PLACE = Path(__file__).parent.parent / "tests" / "training" / "optimizer_vectors.json"

STEPS = 48

SHAPES: Mapping[str, tuple[int, ...]] = {
    "scalar": (),
    "vector": (5,),
    "matrix": (4, 3),
    "stack": (2, 3, 2),
}

SEED = 20260

Trajectory = tuple[list[Tensor], list[Tensor]]
"""The parameters after every step, and the state after the last."""

ADAM_SETTINGS = (
    {},
    {"learning_rate": 0.05, "beta1": 0.8, "beta2": 0.95, "eps": 1e-5},
    {"learning_rate": 1.0, "beta1": 0.0, "beta2": 0.0, "eps": 1e-3},
)

DECAYED_ADAM_SETTINGS = (
    {"weight_decay": 0.0},
    {"learning_rate": 3e-4, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0.1},
    {"learning_rate": 0.1, "weight_decay": 1.5},
)

SETTINGS: Mapping[str, tuple[Mapping[str, float], ...]] = {
    "sgd": ({}, {"learning_rate": 0.3, "weight_decay": 0.1}),
    "momentum": (
        {"learning_rate": 0.1, "momentum": 0.9},
        {"learning_rate": 0.02, "momentum": 0.99, "weight_decay": 0.05},
    ),
    "nesterov": (
        {"learning_rate": 0.1, "momentum": 0.9},
        {"learning_rate": 0.02, "momentum": 0.5, "weight_decay": 0.05},
    ),
    "adam": ADAM_SETTINGS,
    "adam-l2": DECAYED_ADAM_SETTINGS,
    "adamw": DECAYED_ADAM_SETTINGS,
    "lion": ({}, {"learning_rate": 0.01, "beta1": 0.95, "beta2": 0.98, "weight_decay": 1.0}),
    "adafactor": (
        {},
        {"learning_rate": 0.5, "beta2_decay": -0.5, "clip": 1.5, "weight_decay": 0.1},
        {"learning_rate": 0.05, "eps": 1e-3, "least_scale": 2.0},
    ),
}

TORCH_NAMES = {"learning_rate": "lr", "beta2_decay": "beta2_decay", "clip": "d"}


def gradients(shape: tuple[int, ...], generator: torch.Generator) -> list[Tensor]:
    """Normal draws whose size falls a hundredfold, with a step that is zero: moments must outlive it."""
    draws = [torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(STEPS)]
    draws[STEPS // 2] = torch.zeros(shape, dtype=torch.float64)
    return [draw * 10 ** (1 - 2 * step / STEPS) for step, draw in enumerate(draws)]


def by_torch(name: str, settings: Mapping[str, float], start: Tensor, along: list[Tensor]) -> Trajectory:
    param = start.clone().requires_grad_()
    optimizer = _OPTIMIZERS[name](param, dict(settings))
    path = []
    for gradient in along:
        param.grad = gradient.clone()
        optimizer.step()
        path.append(param.detach().clone())
    state = optimizer.state[param]
    kept = [
        state[key]
        for key in ("momentum_buffer", "exp_avg", "exp_avg_sq", "row_var", "col_var", "variance")
        if isinstance(state.get(key), Tensor)
    ]
    return path, kept


def by_lion(settings: Mapping[str, float], start: Tensor, along: list[Tensor]) -> Trajectory:
    """Algorithm 2 of the paper: update = sign(interpolated), w -= lr (update + decay w), then the mean."""
    rate = settings.get("learning_rate", 1e-4)
    beta1, beta2 = settings.get("beta1", 0.9), settings.get("beta2", 0.99)
    decay = settings.get("weight_decay", 0.0)
    param, mean, path = start.clone(), torch.zeros_like(start), []
    for gradient in along:
        update = torch.sign(beta1 * mean + (1 - beta1) * gradient)
        param = param - rate * (update + decay * param)
        mean = beta2 * mean + (1 - beta2) * gradient
        path.append(param.clone())
    return path, [mean]


def _translated(settings: Mapping[str, float]) -> dict[str, object]:
    """The settings by PyTorch's names, those that it takes in pairs left out."""
    pairs = {"beta1", "beta2", "eps", "least_scale"}
    return {TORCH_NAMES.get(name, name): value for name, value in settings.items() if name not in pairs}


def _sgd(*, nesterov: bool) -> Callable[[Tensor, dict[str, float]], torch.optim.Optimizer]:
    return lambda param, settings: torch.optim.SGD([param], **_translated(settings), nesterov=nesterov)


def _adam(kind: type[torch.optim.Optimizer]) -> Callable[[Tensor, dict[str, float]], torch.optim.Optimizer]:
    def build(param: Tensor, settings: dict[str, float]) -> torch.optim.Optimizer:
        betas = (settings.get("beta1", 0.9), settings.get("beta2", 0.999))
        return kind([param], **_translated(settings), betas=betas, eps=settings.get("eps", 1e-8))

    return build


def _adafactor(param: Tensor, settings: dict[str, float]) -> torch.optim.Optimizer:
    eps = (settings.get("eps"), settings.get("least_scale", 1e-3))
    return torch.optim.Adafactor([param], **_translated(settings), eps=eps)


_OPTIMIZERS: Mapping[str, Callable[[Tensor, dict[str, float]], torch.optim.Optimizer]] = {
    "sgd": _sgd(nesterov=False),
    "momentum": _sgd(nesterov=False),
    "nesterov": _sgd(nesterov=True),
    "adam": _adam(torch.optim.Adam),
    "adam-l2": _adam(torch.optim.Adam),
    "adamw": _adam(torch.optim.AdamW),
    "adafactor": _adafactor,
}


def cases(starts: Mapping[str, Tensor], along: Mapping[str, list[Tensor]]) -> Iterator[Mapping[str, object]]:
    for name, several in SETTINGS.items():
        shapes = SHAPES if name == "adafactor" else ("scalar", "vector")
        for settings in several:
            for shape in shapes:
                walk = (starts[shape], along[shape])
                path, kept = by_lion(settings, *walk) if name == "lion" else by_torch(name, settings, *walk)
                yield {
                    "optimizer": name,
                    "settings": settings,
                    "shape": shape,
                    "params": [each.tolist() for each in path],
                    "kept": [each.tolist() for each in kept],
                }


def main() -> None:
    generator = torch.Generator().manual_seed(SEED)
    starts = {
        name: torch.randn(shape, generator=generator, dtype=torch.float64) for name, shape in SHAPES.items()
    }
    along = {name: gradients(shape, generator) for name, shape in SHAPES.items()}
    document = {
        "made_by": f"bench/optimizer_vectors.py with torch {torch.__version__}",
        "start": {name: value.tolist() for name, value in starts.items()},
        "gradients": {name: [each.tolist() for each in value] for name, value in along.items()},
        "cases": list(cases(starts, along)),
    }
    PLACE.write_text(json.dumps(document, separators=(",", ":")) + "\n")
    print(f"{len(document['cases'])} cases of {STEPS} steps in {PLACE.name}")


if __name__ == "__main__":
    main()
