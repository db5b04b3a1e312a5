"""The optimizers by name: their rule in one line, their default settings, and settings that papers used."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from scalecalc.training.optimizers.adafactor import Adafactor
from scalecalc.training.optimizers.adam import Adam
from scalecalc.training.optimizers.descent import Sgd
from scalecalc.training.optimizers.interface import Optimizer
from scalecalc.training.optimizers.lion import Lion

_UNSET = frozenset({"nesterov", "decoupled", "batch_axes"})
"""Fields that make up a kind of optimizer or hold several runs; they are no settings of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An optimizer as it is chosen by name.

    `fixed` settings make it what it is, `defaults` replace those of its class, `typical` ones are of a
    published training, told in `use` and `source`, with what else there is to say of them in `remark`.
    """

    name: str
    kind: type[Optimizer]
    rule: str
    states: tuple[str, ...]
    paper: str
    typical: Mapping[str, float]
    use: str
    source: str
    remark: str = ""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, float] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, float]:
        """What can be set, with the defaults."""
        of_kind: dict[str, Any] = {each.name: each.default for each in fields(self.kind)}  # type: ignore[arg-type]
        free = {name: value for name, value in of_kind.items() if name not in _UNSET | self.fixed.keys()}
        return {**free, **self.defaults}

    def build(self, **settings: Any) -> Optimizer:
        """The optimizer with some settings other than the defaults; ValueError for one that it has not."""
        for name in settings.keys() - {"batch_axes"}:
            if name not in self.settings:
                raise ValueError(f"{name} must be one of {', '.join(self.settings)} for {self.name}")
        return self.kind(**{**self.fixed, **self.defaults, **settings})


ENTRIES: Mapping[str, Entry] = MappingProxyType(
    {
        each.name: each
        for each in (
            Entry(
                name="sgd",
                kind=Sgd,
                fixed={"momentum": 0.0},
                rule="w -= lr g",
                states=(),
                paper="Robbins and Monro 1951",
                typical={"learning_rate": 1.0},
                use="LSTM",
                source="Zaremba et al. 2014, arXiv 1409.2329, section 4.1",
            ),
            Entry(
                name="momentum",
                kind=Sgd,
                defaults={"momentum": 0.9},
                rule="b = mu b + g; w -= lr b",
                states=("b",),
                paper="Polyak 1964",
                typical={"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 1e-4},
                use="ResNet",
                source="He et al. 2015, arXiv 1512.03385, section 3.4",
            ),
            Entry(
                name="nesterov",
                kind=Sgd,
                fixed={"nesterov": True},
                defaults={"momentum": 0.9},
                rule="b = mu b + g; w -= lr (g + mu b)",
                states=("b",),
                paper="Nesterov 1983; Sutskever et al. 2013",
                typical={"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 5e-4},
                use="Wide ResNet",
                source="Zagoruyko and Komodakis 2016, arXiv 1605.07146, section 3",
            ),
            Entry(
                name="adam",
                kind=Adam,
                fixed={"weight_decay": 0.0},
                rule="m, v = means of g, g^2; w -= lr m_hat / (sqrt(v_hat) + eps)",
                states=("m", "v"),
                paper="Kingma and Ba 2015, arXiv 1412.6980, algorithm 1",
                typical={"beta1": 0.9, "beta2": 0.98, "eps": 1e-9},
                use="Transformer",
                remark="its rate follows the width and the step",
                source="Vaswani et al. 2017, arXiv 1706.03762, section 5.3",
            ),
            Entry(
                name="adam-l2",
                kind=Adam,
                defaults={"weight_decay": 0.01},
                rule="g += wd w; then as adam",
                states=("m", "v"),
                paper="Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 2",
                typical={"learning_rate": 0.01, "beta1": 0.9, "beta2": 0.999, "weight_decay": 5e-4},
                use="graph network",
                remark="weight decay on its first layer only",
                source="Kipf and Welling 2017, arXiv 1609.02907, section 5.2",
            ),
            Entry(
                name="adamw",
                kind=Adam,
                fixed={"decoupled": True},
                defaults={"weight_decay": 0.01},
                rule="w -= lr wd w; then as adam",
                states=("m", "v"),
                paper="Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 2",
                typical={
                    "learning_rate": 3e-4,
                    "beta1": 0.9,
                    "beta2": 0.95,
                    "eps": 1e-5,
                    "weight_decay": 0.1,
                },
                use="Llama 2 7B",
                source="Touvron et al. 2023, arXiv 2307.09288, section 2.2",
            ),
            Entry(
                name="lion",
                kind=Lion,
                rule="w -= lr (sign(b1 m + (1-b1) g) + wd w); m = mean of g",
                states=("m",),
                paper="Chen et al. 2023, arXiv 2302.06675, algorithm 2",
                typical={"beta1": 0.95, "beta2": 0.98},
                use="language model",
                remark="learning rate 3 to 10 times below AdamW's, weight decay as many times above",
                source="Chen et al. 2023, arXiv 2302.06675, section 5",
            ),
            Entry(
                name="adafactor",
                kind=Adafactor,
                rule="v ~ row x column means of g^2; w -= lr RMS(w) clip(g / sqrt(v))",
                states=("row of v", "column of v"),
                paper="Shazeer and Stern 2018, arXiv 1804.04235, algorithms 4 and 5",
                typical={"learning_rate": 0.01, "beta2_decay": -0.8, "least_scale": 1e-3, "clip": 1.0},
                use="Transformer",
                remark="from step 10,000 on the relative step falls as 1/sqrt(t)",
                source="Shazeer and Stern 2018, arXiv 1804.04235, algorithm 6",
            ),
        )
    }
)
"""All of them in the order in which they were found."""


def entry(name: str) -> Entry:
    """The optimizer of that name; ValueError if there is none."""
    if name not in ENTRIES:
        raise ValueError(f"optimizer must be one of {', '.join(ENTRIES)}, not {name!r}")
    return ENTRIES[name]


def optimizer(name: str, **settings: Any) -> Optimizer:
    """The optimizer of that name with some settings other than its defaults.

    >>> optimizer("lion", learning_rate=3e-5)
    Lion(learning_rate=3e-05, beta1=0.9, beta2=0.99, weight_decay=0.0)
    """
    return entry(name).build(**settings)
