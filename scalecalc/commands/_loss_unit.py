"""The unit of losses that are given and printed, beside the law's own."""

from dataclasses import dataclass
from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from scalecalc.laws import PublishedLaw
from scalecalc.problem import Problem
from scalecalc.quantity import significant
from scalecalc.result import Inputs

Unit = Literal["nats/token", "bits/token", "perplexity", "bits/byte"]


class LossUnitChoice(Inputs):
    """The unit in which losses are given and printed."""

    loss_in: Unit | None = Field(
        None,
        description="Give and print losses in nats/token, bits/token, perplexity or bits/byte. [the law's]",
    )
    bytes_per_token: float | None = Field(
        None,
        gt=0,
        le=1e6,
        description="Bytes in a token of the law's tokenizer, e.g. 4.3; bits/byte needs it.",
    )

    @model_validator(mode="after")
    def _bytes_where_needed(self) -> Self:
        if self.bytes_per_token is not None and self.loss_in is None:
            raise Problem(
                "conflict", "--bytes-per-token changes nothing without --loss-in", "add --loss-in bits/byte"
            )
        return self

    def loss_scale(self, law: PublishedLaw, *, leading: PublishedLaw | None = None) -> "LossScale":
        """The scale of a law's losses; one whose tokens are others than the leading law's keeps its unit."""
        asked = self.loss_in or law.loss_unit
        per_byte = "bits/byte" in (asked, law.loss_unit) and asked != law.loss_unit
        if leading is not None and per_byte and law.tokenizer != leading.tokenizer:
            asked = law.loss_unit
        elif per_byte and self.bytes_per_token is None:
            raise Problem(
                "no-conversion",
                f"--loss-in {asked}: {law.name} has losses in {law.loss_unit}",
                "add --bytes-per-token of its tokenizer, e.g. 4.3",
            )
        if asked != law.loss_unit and law.loss_unit not in get_args(Unit):
            raise Problem(
                "no-conversion",
                f"--loss-in {asked}: losses of {law.name} are in {law.loss_unit}",
                "leave --loss-in out",
            )
        return LossScale(law, asked, self.bytes_per_token)


@dataclass(frozen=True, slots=True)
class LossScale:
    """Losses of a law in the unit that is asked for."""

    law: PublishedLaw
    unit: str
    bytes_per_token: float | None = None

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
        if "bits/byte" not in (self.unit, self.law.loss_unit):
            return (told,)
        return (
            f"{told} at {significant(self.bytes_per_token or 0)} bytes per token of {self.law.tokenizer}",
        )

    def _convert(self, loss: float, unit: str, to: str) -> float:
        from scalecalc.training.information import convert_loss

        try:
            return convert_loss(loss, unit, to, self.bytes_per_token)  # type: ignore[arg-type]
        except ValueError as error:
            raise Problem("value", f"--loss-in {self.unit}: {error}", "give a loss that it can be") from None
