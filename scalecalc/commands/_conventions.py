"""How a law's numbers are read: its count of N and its unit of loss, or those that were asked for."""

from dataclasses import dataclass

from scalecalc.commands._count import CountChoice, Counting
from scalecalc.commands._loss_unit import LossScale, LossUnitChoice
from scalecalc.laws import PublishedLaw
from scalecalc.quantity import Params


@dataclass(frozen=True, slots=True)
class Convention:
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


class ConventionChoice(CountChoice, LossUnitChoice):
    """The count of N and the unit of losses, given and printed."""

    def convention(
        self,
        law: PublishedLaw,
        *,
        leading: PublishedLaw | None = None,
        total_per_active: float | None = None,
    ) -> Convention:
        """How to read a law; beside a leading law of another tokenizer, losses per byte stay per token."""
        counting = Counting.of(law, self.count, total_per_active)
        return Convention(law, counting, self.loss_scale(law, leading=leading))
