"""N of a run, given and printed in the count asked for; its work is 6ND over all that work on a token."""

from dataclasses import dataclass
from typing import TypeVar

from scalecalc import tables
from scalecalc.commands._count import PUBLISHED, WORDS, Count, converted, exact, params_of
from scalecalc.commands._run_inputs import RunInputs
from scalecalc.compute.model import PublishedModel
from scalecalc.compute.parameters import parameters
from scalecalc.problem import Problem
from scalecalc.quantity import Params

Given = TypeVar("Given", bound=RunInputs)

MIXTURE = "leave --count out, or name a mixture of experts by --model"


@dataclass(frozen=True, slots=True)
class RunSize:
    """The count in which N was asked for, None as the program counts it, and the run's published model."""

    asked: Count | None
    model: PublishedModel | None = None

    @classmethod
    def of(cls, inputs: RunInputs, asked: Count | None) -> "RunSize":
        """The count of that run's N; a Problem for experts whose shape is not known."""
        if asked is not None and inputs.active_params is not None:
            text = f"--count {asked} beside --active-params: both say what N counts"
            raise Problem("conflict", text, MIXTURE)
        return cls(asked, tables.model(inputs.model) if inputs.model else None)

    def in_total(self, inputs: Given) -> Given:
        """The inputs with all parameters in --params, as 6ND takes them."""
        if inputs.params is None or self.asked != "non-embedding":
            return inputs
        return inputs.model_copy(update={"params": Params(converted(inputs.params, self.asked, "total"))})

    def printed(self, params: float) -> Params:
        """All parameters, in the count asked for: exactly where a shape is known, else converted."""
        if self.asked in (None, "total"):
            return Params(params)
        if self.model is None:
            return Params(converted(params, "total", self.asked))
        if self.asked == "active":
            return Params(self.model.compute_params)
        if self.model.shape is None or exact(self.model, "non-embedding") is None:
            return Params(converted(params, "total", "non-embedding"))
        return Params(parameters(self.model.shape).non_embedding)

    def working(self, active_params: float) -> Params:
        """The parameters active for a token, in the count asked for."""
        if self.model is None or self.asked != "non-embedding":
            return Params(active_params)
        return Params(params_of(self.model, self.asked)[0])

    @property
    def told(self) -> str:
        """What the word `parameters` stands for in a sentence, if not for all of them."""
        return f"{self.asked} " if self.asked in ("non-embedding", "active") else ""

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What N counts, and how it was converted."""
        if self.asked is None:
            return ()
        told = f"N is given and printed as {WORDS[self.asked]}"
        if self.asked != "non-embedding":
            return (told,)
        is_exact = self.model is not None and exact(self.model, self.asked) is not None
        how = "counted exactly from its shape" if is_exact else f"converted by {PUBLISHED}"
        return (f"{told}, {how}; 6ND is of all that work on a token",)
