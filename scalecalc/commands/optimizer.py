"""The optimizers that the program knows: rule, memory, and settings that published trainings used."""

from typing import Annotated, ClassVar

from pydantic import Field

from scalecalc.commands._optimizer_settings import SettingsRow, figures, memory_name
from scalecalc.compute.layout import Precision
from scalecalc.quantity import Bytes, Params
from scalecalc.result import Inputs, Result, Row, Shown
from scalecalc.training.optimizers import ENTRIES, Entry


class OptimizerInputs(Inputs):
    """List the optimizers: their rule, states and bytes per parameter, and settings that trainings used.

    `optimizer trace` shows every step along given gradients, `optimizer compare` runs them on quadratics.
    """

    group: ClassVar[str] = "Train"
    examples: ClassVar[tuple[str, ...]] = (
        "optimizer",
        "optimizer --params 7B",
        "optimizer --format csv",
    )

    params: Params | None = Field(None, description="Bytes of this many parameters as well, e.g. 7B.")


class Listed(Row):
    """What an optimizer does with a gradient."""

    optimizer: str
    rule: str = Field(
        title="one step, of parameter w along gradient g",
        description="lr is the learning rate, mu the momentum, wd the weight decay.",
    )


class States(Row):
    """What an optimizer keeps for each parameter."""

    optimizer: str
    states: tuple[str, ...]
    bytes_per_param: Annotated[float, Shown(digits=2)] = Field(
        title="bytes per parameter", description="Of the states, in fp32."
    )
    all_bytes_per_param: float = Field(
        title="in mixed precision",
        description="With 16-bit weights and gradients and an fp32 copy of the weights beside the states.",
    )
    bytes: Bytes | None = Field(None, title="states of the model")
    all_bytes: Bytes | None = Field(None, title="all of the model")
    memory_name: str = Field(title="in `memory`", description="What `memory --optimizer` calls it.")


class Typical(SettingsRow):
    """The settings of a published training."""

    use: str = Field(title="used for")


class ListRow(Row):
    """An optimizer in one record."""

    optimizer: str
    rule: str
    states: tuple[str, ...]
    bytes_per_param: float
    all_bytes_per_param: float
    bytes: Bytes | None
    all_bytes: Bytes | None
    memory_name: str
    learning_rate: float | None
    momentum: float | None
    beta1: float | None
    beta2: float | None
    eps: float | None
    weight_decay: float | None
    beta2_decay: float | None
    least_scale: float | None
    clip: float | None
    use: str
    source: str
    paper: str


class OptimizerResult(Result):
    """The optimizers, in the order in which they were found."""

    told: ClassVar[frozenset[str]] = frozenset({"params"})

    params: Params | None = None
    rules: tuple[Listed, ...] = Field(title="update rules")
    memory: tuple[States, ...] = Field(title="what is kept for each parameter")
    typical: tuple[Typical, ...] = Field(title="settings of published trainings")

    def headline(self) -> str:
        """How many there are, and from which to which memory they need."""
        low = min(self.memory, key=lambda row: row.bytes_per_param)
        high = max(self.memory, key=lambda row: row.bytes_per_param)
        ends = (
            f"{low.bytes_per_param:g} ({low.optimizer}) to {high.bytes_per_param:g} bytes ({high.optimizer})"
        )
        model = "" if self.params is None else f"; {high.bytes} for {self.params} parameters"
        return f"{len(self.rules)} optimizers, {ends} of state per parameter in fp32{model}"

    def records(self) -> tuple[ListRow, ...]:
        """One record for each optimizer."""
        return tuple(
            ListRow(
                **{**dict(memory), **dict(typical), "rule": listed.rule},
                source=ENTRIES[listed.optimizer].source,
                paper=ENTRIES[listed.optimizer].paper,
            )
            for listed, memory, typical in zip(self.rules, self.memory, self.typical, strict=True)
        )


def optimizer(inputs: OptimizerInputs) -> OptimizerResult:
    """All optimizers, with the bytes that `memory` counts for them."""
    entries = tuple(ENTRIES.values())
    return OptimizerResult(
        params=inputs.params,
        rules=tuple(Listed(optimizer=entry.name, rule=entry.rule) for entry in entries),
        memory=tuple(_states(entry, inputs.params) for entry in entries),
        typical=tuple(
            Typical(optimizer=entry.name, use=entry.use, **figures(entry.typical)) for entry in entries
        ),
        assumptions=(
            "states in fp32; `scalecalc memory --optimizer` counts the same, over devices and ZeRO stages",
            "in mixed precision: 16-bit weights and gradients, fp32 weights and the states",
            "adafactor keeps 4 (n + m) bytes of an n x m matrix: 0.02 per parameter at n = m = 400",
        ),
        sources=tuple(_source(entry) for entry in entries),
    )


def _source(entry: Entry) -> str:
    remark = f" ({entry.remark})" if entry.remark else ""
    return f"{entry.name}: {entry.paper}; settings: {entry.source}{remark}"


def _states(entry: Entry, params: float | None) -> States:
    name = memory_name(entry.name)
    precision = Precision(optimizer=name)
    own = precision.matrix_states
    together = own + precision.weights + precision.gradients + precision.master
    return States(
        optimizer=entry.name,
        states=entry.states,
        bytes_per_param=own,
        all_bytes_per_param=together,
        bytes=None if params is None else Bytes(own * params),
        all_bytes=None if params is None else Bytes(together * params),
        memory_name=name,
    )
