"""Published laws of batch size, learning rate and AdamW settings, each with what it assumes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import inf
from typing import final

from scalecalc.laws.published import COUNTS, PROVENANCE
from scalecalc.laws.receipts import UNKNOWN, Check, Ranges
from scalecalc.laws.row import Row
from scalecalc.training.rules import Rule, rule_from_row
from scalecalc.training.run import TrainingRun

QUANTITIES = ("learning_rate", "batch_tokens", "critical_batch_tokens", "adamw_timescale")
"""What a law may give: the peak learning rate, the batch in tokens, the batch beyond which more is wasted,
and B / (learning rate * weight decay * D), the share of the run over which AdamW averages its weights."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the runs behind a law were trained; None or blank where that is not known.

    `unverified` names the settings that were not checked against the source.
    """

    optimizer: str = ""
    schedule: str = ""
    parameterization: str = ""
    beta1: float | None = None
    beta2: float | None = None
    eps: float | None = None
    weight_decay: float | None = None
    warmup_steps: float | None = None
    batch_tokens: float | None = None
    sequence_length: float | None = None
    unverified: tuple[str, ...] = ()

    @classmethod
    def from_row(cls, row: Row) -> "Settings":
        """Read a table of settings, all of which may be absent."""
        row.refuse_unknown(each.name for each in fields(cls))
        words = ("optimizer", "schedule", "parameterization")
        texts = {name: row.text(name) for name in words}
        numbers = {name: row.positive(name) for name in row.values if name not in (*words, "unverified")}
        unverified = row.texts("unverified")
        if not {*unverified} <= row.values.keys():
            raise row.wrong("unverified", "names of settings that are there")
        return cls(**texts, **numbers, unverified=unverified)  # type: ignore[arg-type]

    def to_row(self) -> dict[str, object]:
        """Table that `from_row` reads."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            name: list(value) if name == "unverified" else value for name, value in given.items() if value
        }


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class HyperparameterLaw:
    """A published law, its rules by what they give, and what its reader must know."""

    name: str
    rules: Mapping[str, Rule] = field(hash=False)
    title: str = ""
    aliases: tuple[str, ...] = ()
    paper: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    arxiv: str = ""
    where: str = ""
    provenance: str = "primary"
    counts: str = "total"
    caveats: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)
    ranges: Ranges = UNKNOWN
    checks: tuple[Check, ...] = ()

    @classmethod
    def from_row(cls, name: str, row: Mapping[str, object]) -> "HyperparameterLaw":
        """Read a row of data/hyperparameters.toml; a ValueError names the key and value that are wrong."""
        read = Row(f"law {name}", row)
        read.refuse_unknown((*QUANTITIES, *(each.name for each in fields(cls)[2:])))
        rules = {each: rule_from_row(read.table(each)) for each in QUANTITIES if each in row}
        if not rules:
            raise ValueError(f"law {name} must give one of {', '.join(QUANTITIES)}")
        return cls(
            name=name,
            rules=rules,
            title=read.text("title"),
            aliases=read.texts("aliases"),
            paper=read.text("paper"),
            authors=read.texts("authors"),
            year=read.whole("year"),
            arxiv=read.text("arxiv"),
            where=read.text("where"),
            provenance=read.choice("provenance", PROVENANCE, "primary"),
            counts=read.choice("counts", COUNTS, "total"),
            caveats=read.texts("caveats"),
            settings=Settings.from_row(read.table("settings")),
            ranges=Ranges.from_row(read.table("ranges")),
            checks=tuple(Check.from_row(check) for check in read.tables("checks")),
        )

    def missing(self, run: TrainingRun) -> tuple[str, ...]:
        """Variables that its rules need and the run does not tell."""
        known = run.known(self.counts)
        needed = dict.fromkeys(name for rule in self.rules.values() for name in rule.needs)
        return tuple(name for name in needed if name not in known)

    def applies(self, run: TrainingRun) -> bool:
        """Whether the run tells all it needs, and all it gives is positive and finite there."""
        if self.missing(run):
            return False
        known = run.known(self.counts)
        return all(0 < rule.value(known) < inf for rule in self.rules.values())
