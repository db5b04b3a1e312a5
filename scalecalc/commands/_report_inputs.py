"""What a report is asked: a table of runs with the options of a fit, or the means of a planned run."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from scalecalc import tables
from scalecalc.commands._fit_inputs import FitOptions
from scalecalc.commands._schedule_options import DecayName
from scalecalc.problem import Problem
from scalecalc.quantity import Cluster, Dollars, Duration, Flops, Params, Price, Share, Tokens
from scalecalc.result import Completes, Inputs, Positional

MOST_BUDGETS = 50
"""Budgets that a page of less than a megabyte tells of."""

EXAMPLE = "for example --flops 1e23 --gpus 512xh100, or --gpus 512xh100 --time 30d"


class PlanOptions(Inputs):
    """The run to plan: a budget, or a model with its tokens, and the devices."""

    plan: bool = Field(False, description="Report on a run that is planned, not on runs that were made.")
    flops: Flops | None = Field(None, description="With --plan: the training compute, e.g. 1e23.")
    gpus: Annotated[Cluster | None, Completes("accelerator")] = Field(
        None, description="With --plan: the devices, e.g. 512xh100; with --time they are the budget."
    )
    time: Duration | None = Field(None, description="With --plan: how long the run may take, e.g. 30d.")
    usd: Dollars | None = Field(None, description="With --plan: the money to spend, e.g. 2M.")
    params: Params | None = Field(None, description="With --plan: fix the model size, e.g. 8B.")
    tokens: Tokens | None = Field(None, description="With --plan: fix the training tokens, e.g. 2T.")
    mfu: Share | None = Field(None, description="With --plan: 6ND over the peak. [that of published runs]")
    price: Price | None = Field(
        None, description="With --plan: US dollars per GPU-hour, e.g. 2.5/h. [the table's]"
    )
    law: Annotated[list[str], Completes("law")] = Field(
        [tables.DEFAULT_LAW],
        description="With --plan: a published law or a law.json of your own; repeat it to compare.",
    )
    batch: Tokens | None = Field(
        None, description="With --plan: tokens of one step, e.g. 4M. [by the law of hyperparameters]"
    )
    decay: DecayName = Field(
        "cosine",
        description="With --plan: cosine, linear, constant, inverse-sqrt, wsd, multi-step or restarts.",
    )


class ReportOptions(PlanOptions, FitOptions):
    """Either of the two: the options of the other have to stay away."""

    runs: Annotated[str | None, Positional(), Completes("runs")] = Field(  # type: ignore[assignment]  # a plan has none
        None,
        description="A table of training runs, as `scalecalc fit` takes it: a CSV, JSON Lines or Parquet "
        "file, - for standard input, or a bundled table: chinchilla, llama3, gpt3, pile.",
    )
    approach: Literal["1", "2", "3", "all"] | None = Field(  # type: ignore[assignment]  # left open, it depends on the runs
        None,
        description="3 the loss surface, 2 IsoFLOP parabolas, 1 least loss per FLOP bin; all compares them. "
        "[all where N and D vary]",
    )

    @model_validator(mode="after")
    def _one_report(self) -> Self:
        if self.plan and self.runs is not None:
            raise Problem(
                "conflict",
                "RUNS and --plan are two reports",
                "save the law, `scalecalc fit RUNS --save law.json`, and plan with --plan --law law.json",
            )
        if not self.plan and self.runs is None:
            raise Problem(
                "no-runs", "there is nothing to report on", f"name a table of runs, or --plan, {EXAMPLE}"
            )
        self._refuse_options_of_the_other()
        if self.plan:
            self._refuse_no_budget()
        elif len(self.budgets) > MOST_BUDGETS:
            raise Problem(
                "value",
                f"--at: {len(self.budgets)} budgets are more than a page tells",
                f"give at most {MOST_BUDGETS}, or ask `scalecalc predict` for all of them",
            )
        return self

    def _refuse_options_of_the_other(self) -> None:
        """An option that would change nothing is a misunderstanding, not to be passed over."""
        other = FitOptions if self.plan else PlanOptions
        idle = [
            name
            for name in other.model_fields
            if name not in ("runs", "plan") and getattr(self, name) != type(self).model_fields[name].default
        ]
        if idle:
            option = f"--{idle[0].replace('_', '-')}"
            there = "of runs, not of a plan" if self.plan else "of a plan, not of runs"
            hint = f"leave {option} out" if self.plan else f"leave {option} out, or leave RUNS out for --plan"
            raise Problem("conflict", f"{option} belongs to a report {there}", hint)

    def _refuse_no_budget(self) -> None:
        work = self.flops is not None or (self.params is not None and self.tokens is not None)
        cluster = self.gpus is not None and self.gpus.count is not None
        ways = {
            "--flops": self.flops,
            "--params and --tokens": self.params and self.tokens,
            "--usd": self.usd,
        }
        given = [option for option, value in ways.items() if value]
        if len(given) > 1:
            raise Problem("conflict", f"{' and '.join(given)} are {len(given)} budgets", "give one of them")
        if self.usd is not None and self.time is not None:
            raise Problem("conflict", "--usd and --time are two budgets", "give one of them")
        if not work and self.usd is None and not (cluster and self.time is not None):
            raise Problem("no-budget", "--plan without a budget", EXAMPLE)

    def of_kind(self, kind: type[Inputs], **changed: Any) -> dict[str, Any]:
        """What of the inputs a command of that kind takes."""
        names = kind.model_fields.keys() & type(self).model_fields.keys()
        return {name: getattr(self, name) for name in sorted(names)} | changed
