"""The rows that tell how measures of an answer follow from a smooth loss, and what was claimed of them."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from scalecalc import tables
from scalecalc.quantity import Flops, Params, Quantity, Share, Tokens, significant
from scalecalc.quantity.number import read_number, with_prefix
from scalecalc.quantity.plain import PlainNumber
from scalecalc.quantity.refusal import Refused
from scalecalc.result import AnyNumber, Row, Shown


class AnswerTokens(PlainNumber):
    """Tokens in an answer, a mean over answers if need be.

    >>> AnswerTokens.parse("5"), str(AnswerTokens(3.49))
    (AnswerTokens(5.0), '3.49')
    """

    __slots__ = ()

    noun = "a number of tokens in an answer"
    metavar = "K"
    grammar = "5, 3.5"

    @classmethod
    def _check(cls, value: float, text: str = "") -> None:
        super()._check(value, text)
        if not 1 <= value <= 1e6:
            raise Refused(
                f"{text or significant(value)} is no number of tokens in an answer", "give 1 to 1e6, e.g. 5"
            )

    def __str__(self) -> str:
        return significant(self)


class Scale(Quantity):
    """Compute or a model size, whichever a question is about.

    >>> Scale.parse("1B"), str(Scale(1e22))
    (Scale(1e9), '1e22')
    """

    __slots__ = ()

    unit = ""
    noun = "a compute or a size"
    metavar = "NUMBER"
    grammar = "1e22, 1B"

    @classmethod
    def _read(cls, text: str) -> float:
        number = read_number(text, cls.grammar)
        return with_prefix(number, number.rest, cls)

    def __str__(self) -> str:
        return significant(self)


class AnswerPoint(Row):
    """One model, and what the measures say of its answers of k tokens."""

    told: ClassVar[frozenset[str]] = frozenset({"tokens", "brier"})

    flops: Annotated[Flops | None, Shown(unit="FLOPs")] = Field(title="compute")
    params: Params | None = Field(title="size")
    tokens: Tokens | None = Field(title="training tokens")
    loss: Annotated[float | None, Shown(digits=4)] = Field(
        description="Of a published law, in nats per token; null with a power law of one's own."
    )
    answer_loss: Annotated[float, Shown(digits=3)] = Field(
        title="on the answer", description="Loss on the tokens of the answer, in nats per token."
    )
    token_probability: Share = Field(title="token right", description="exp(-answer_loss).")
    answer_tokens: AnswerTokens = Field(title="k")
    exact_match: Share = Field(title="all k right")
    edit_distance: Annotated[float, Shown(digits=3)] = Field(
        title="wrong of k", description="Expected number of wrong tokens."
    )
    brier: Annotated[float, Shown(digits=3)] = Field(title="Brier", description="Of one token.")
    any_right: Share = Field(title="any hit", description="That any of the test items is right.")


class Appearance(Row):
    """Where a test first sees right answers of k tokens; null where the loss never falls so low."""

    answer_tokens: AnswerTokens = Field(title="k")
    smallest_seen: Share = Field(
        title="seen from", description="Accuracy at which a first hit is as likely as not."
    )
    likely_at: AnyNumber | None = Field(title="first hit likely at")
    sure_at: AnyNumber | None = Field(title="95% sure at")
    half_right_at: AnyNumber | None = Field(title="half of all right at")


class Measure(Row):
    """One measure over the same models."""

    measure: str
    answer_tokens: AnswerTokens | None = Field(title="k", description="Null where it is of one token.")
    first: Annotated[float, Shown(digits=3)] = Field(title="at first", description="At the smallest scale.")
    last: Annotated[float, Shown(digits=3)] = Field(title="at last", description="At the largest scale.")
    largest_step: Share | None = Field(
        title="in one step", description="Share of the whole change that the largest step holds."
    )
    emergence_score: Annotated[float | None, Shown(digits=3)] = Field(
        title="score",
        description="Of BIG-bench: change over the median step, which even steps make their number.",
    )
    reading: str = Field(description="starts from nothing, changes evenly, or bends.")


class Claim(Row):
    """A threshold of emergence as it was published."""

    told: ClassVar[frozenset[str]] = frozenset({"prompting", "source", "tasks"})

    ability: str
    prompting: str = Field(description="few-shot, or augmented: a technique that pays off from there on.")
    flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="claimed from")
    params: Params = Field(title="size")
    model: str
    evidence: str = Field(title="measured by")
    tasks: tuple[str, ...] = Field(description="Tasks of the bundled tables that it is about.")
    source: str


def claims() -> Iterator[Claim]:
    """The claimed thresholds, in the order of data/emergence_thresholds.csv."""
    for row in tables.records("emergence_thresholds.csv"):
        numbers = {"flops": Flops(float(row["flops"])), "params": Params(float(row["params"]))}
        yield Claim(**{**row, **numbers, "tasks": tuple(row["tasks"].split())})


CLAIMS_SOURCE = (
    "claimed thresholds: Wei et al. 2022, arXiv 2206.07682, table 1; each is the smallest model of a "
    "family that showed the ability, so the gaps between the models are its error"
)
