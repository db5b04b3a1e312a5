"""How a law's numbers are read: its count of N and its unit of loss, or those that were asked for."""

from typing import TYPE_CHECKING, Literal, NamedTuple, Self, get_args

from pydantic import Field, model_validator

from scalecalc.commands._count import CountChoice, Counting
from scalecalc.laws import PublishedLaw
from scalecalc.problem import Problem
from scalecalc.quantity import Params, significant
from scalecalc.result import Note

if TYPE_CHECKING:
    from scalecalc.commands._forecast import Forecast

Unit = Literal["nats/token", "bits/token", "perplexity", "bits/byte"]


class LossScale(NamedTuple):
    """Losses of a law in the unit that is asked for."""

    law: PublishedLaw
    unit: str
    bytes_per_token: float | None = None

    @classmethod
    def of(cls, law: PublishedLaw, asked: str, bytes_per_token: float | None) -> "LossScale":
        """The scale of one law; a Problem where nothing converts its losses."""
        if asked != law.loss_unit and law.loss_unit not in get_args(Unit):
            raise _no_conversion(law, asked, "leave --loss-in out")
        if _is_per_byte(law, asked) and bytes_per_token is None:
            raise _no_conversion(law, asked, "add --bytes-per-token of its tokenizer, e.g. 4.3")
        return cls(law, asked, bytes_per_token)

    def printed(self, loss: float) -> float:
        """A loss of the law in the unit asked for."""
        return loss if self.unit == self.law.loss_unit else self._convert(loss, self.law.loss_unit, self.unit)

    def to_law(self, loss: float) -> float:
        """A loss in the unit asked for, in the law's own."""
        return loss if self.unit == self.law.loss_unit else self._convert(loss, self.unit, self.law.loss_unit)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """How one unit became the other; nothing where they are the same."""
        if self.unit == self.law.loss_unit:
            return ()
        told = f"losses converted from {self.law.loss_unit} to {self.unit}"
        if not _is_per_byte(self.law, self.unit):
            return (told,)
        tokens = f"{significant(self.bytes_per_token or 0)} bytes per token"
        return (f"{told} at {tokens} of {self.law.tokenizer or 'its tokenizer'}",)

    def _convert(self, loss: float, unit: str, to: str) -> float:
        from scalecalc.training.information import convert_loss

        try:
            return convert_loss(loss, unit, to, self.bytes_per_token)  # type: ignore[arg-type]
        except ValueError as error:
            raise Problem("value", f"--loss-in {self.unit}: {error}", "give a loss that it can be") from None


class Convention(NamedTuple):
    """The count and the unit in which one law is given numbers and gives them."""

    law: PublishedLaw
    counting: Counting
    losses: LossScale

    def params(self, params: float) -> Params:
        """The law's N, in the count asked for."""
        return self.counting.printed(params)

    def loss(self, loss: float | None) -> float | None:
        """The law's loss, in the unit asked for."""
        return None if loss is None else self.losses.printed(loss)

    def unit(self, loss: float | None) -> str | None:
        """The unit of a loss, if there is one."""
        return None if loss is None else self.losses.unit

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What was converted, and how."""
        return (*self.counting.assumptions, *self.losses.assumptions)


class ConventionChoice(CountChoice):
    """The count of N and the unit of losses, given and printed."""

    loss_in: Unit | None = Field(
        None,
        description="Give and print losses in nats/token, bits/token, perplexity or bits/byte. [as the law]",
    )
    bytes_per_token: float | None = Field(
        None,
        gt=0,
        le=1e6,
        description="Bytes per token of the law's tokenizer, e.g. 4.3; bits/byte needs it.",
    )

    @model_validator(mode="after")
    def _unit_beside_bytes(self) -> Self:
        if self.bytes_per_token is not None and self.loss_in is None:
            text = "--bytes-per-token changes nothing without --loss-in"
            raise Problem("conflict", text, "add --loss-in bits/byte")
        return self

    def convention(
        self,
        law: PublishedLaw,
        *,
        leading: PublishedLaw | None = None,
        total_per_active: float | None = None,
    ) -> Convention:
        """How to read a law; beside a leading law of another tokenizer, losses per byte stay per token."""
        asked = self.loss_in or law.loss_unit
        if leading is not None and _is_per_byte(law, asked) and law.tokenizer != leading.tokenizer:
            asked = law.loss_unit
        counting = Counting.of(law, self.count, total_per_active)
        return Convention(law, counting, LossScale.of(law, asked, self.bytes_per_token))


def told_loss(loss: float, unit: str | None) -> str:
    """A loss within a sentence.

    >>> told_loss(2.0321, "nats/token"), told_loss(7.63, "perplexity")
    ('loss 2.032 nats/token', 'perplexity 7.63')
    """
    number = significant(loss, 4)
    return f"perplexity {number}" if unit == "perplexity" else f"loss {number} {unit}"


def own_convention(read: Convention, fitted: "Forecast | None") -> tuple[Note, ...]:
    """A note where an optimum with intervals stands in the fit's own convention beside a converted one."""
    if fitted is None or not read.assumptions:
        return ()
    text = f"the intervals by the fit are in its own convention: N {read.counting.own}, {read.law.loss_unit}"
    return (Note(code="convention", message=text),)


def _is_per_byte(law: PublishedLaw, asked: str) -> bool:
    return asked != law.loss_unit and "bits/byte" in (asked, law.loss_unit)


def _no_conversion(law: PublishedLaw, asked: str, hint: str) -> Problem:
    return Problem("no-conversion", f"--loss-in {asked}: losses of {law.name} are in {law.loss_unit}", hint)
