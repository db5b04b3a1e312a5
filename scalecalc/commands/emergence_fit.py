"""Whether measured accuracies break with scale or follow a smooth curve, and what the metric does to it."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from scalecalc.commands._emergence_fit_rows import FittedModel, SeriesTest
from scalecalc.commands._emergence_rows import CLAIMS_SOURCE, AnswerTokens, Claim, claims
from scalecalc.quantity import Share
from scalecalc.result import Plotted, Positional, Result

if TYPE_CHECKING:
    from scalecalc.commands._emergence_table import Asked

ARITHMETIC = ("shots=few", "answer_characters!=")
"""The rows of gpt3_tasks that are tested where no table is named: the ten tasks of arithmetic, few-shot."""

METHOD = (
    "smooth: a sigmoid of log10 scale; broken: with one jump or kink upwards at the best place",
    "p: parametric bootstrap of the smooth curve, beta-binomial with the scatter that the broken one leaves",
    "BIC counts models; power: a jump from least to greatest accuracy at its widest step, found at 5%",
)


class EmergenceFitInputs(Plotted):
    """Test measured accuracies for a break with scale: exact match against a measure per token.

    The table has a row for each model: flops or params, accuracy, items (test questions) and, if known,
    answer_tokens. Columns task, family, prompting and shots tell series apart. Without a table: GPT-3 on
    arithmetic, few-shot. Also bundled: gpt3_tasks, cot_emergence, llama_benchmarks.
    """

    group: ClassVar[str] = "Fit"
    examples: ClassVar[tuple[str, ...]] = (
        "emergence fit",
        "emergence fit gpt3_tasks --where task=3D+ --where shots=few",
        "emergence fit cot_emergence --where family=LaMDA --where task=MultiArith",
        "emergence fit llama_benchmarks --where task=gsm8k --answer-tokens 2",
    )

    table: Annotated[str | None, Positional()] = Field(
        None, description="A CSV, JSON Lines or Parquet file, -, or a bundled table. [GPT-3 on arithmetic]"
    )
    where: list[str] = Field(
        [], description="Keep only rows that meet this, e.g. task=3D+; repeat to narrow."
    )
    columns: str | None = Field(
        None, description="Which column is which where names do not say it, e.g. accuracy=em,flops=c."
    )
    scale: Literal["flops", "params"] | None = Field(
        None, description="Along which of the two, where a table has both. [flops]"
    )
    metric: str | None = Field(
        None, description="A column with a continuous measure of the same models, e.g. edit_distance."
    )
    items: int | None = Field(
        None, ge=1, le=10**9, description="Test questions, where the table has no column."
    )
    answer_tokens: AnswerTokens | None = Field(
        None, description="Tokens of an answer, where the table has no column: p = accuracy^(1/k)."
    )
    chance: Share | None = Field(None, description="Accuracy of guessing, e.g. 25%. [the table's, or 0]")
    resamples: int = Field(200, ge=50, le=100_000, description="Tables simulated for each p-value.")
    seed: int = Field(
        0, ge=0, description="Seed of the simulated tables; the same seed gives the same p-values."
    )
    claims: bool = Field(False, description="Tell every claimed threshold, not only those about these tasks.")


class EmergenceFitResult(Result):
    """Which series break, by which measure, and what was claimed of them."""

    told: ClassVar[frozenset[str]] = frozenset({"verdict"})

    verdict: str
    series: tuple[SeriesTest, ...] = Field(title="smooth or broken")
    models: tuple[FittedModel, ...] = Field(
        (), title="the models", description="Of a single series; empty where there are several."
    )
    claims: tuple[Claim, ...] = Field((), title="claimed thresholds")

    def headline(self) -> str:
        """What breaks, and by which measure."""
        return self.verdict

    def records(self) -> tuple[SeriesTest, ...]:
        """One record for each measure of each series."""
        return self.series


def emergence_fit(inputs: EmergenceFitInputs) -> EmergenceFitResult:
    """The tests of every series of the table."""
    from scalecalc.commands._emergence_series import fitted_models, tested_series
    from scalecalc.commands._emergence_table import measured
    from scalecalc.commands._emergence_words import notes, sources, verdict

    name = inputs.table or "gpt3_tasks"
    found = measured(name, _asked(inputs))
    tested = tested_series(found, inputs.resamples, inputs.seed)
    rows = tuple(row for each in tested for row in each.rows)
    one = tested[0] if len(tested) == 1 else None
    tasks = {each.measured.values.get("task") for each in tested}
    told = tuple(claim for claim in claims() if inputs.claims or tasks & set(claim.tasks))
    answer = EmergenceFitResult(
        verdict=verdict(rows),
        series=rows,
        models=() if one is None else tuple(fitted_models(one)),
        claims=told,
        assumptions=(f"{inputs.resamples} simulated tables, seed {inputs.seed}", *METHOD),
        notes=tuple(notes(found, tested)),
        sources=(*sources(name, tested), *((CLAIMS_SOURCE,) if told else ())),
    )
    if not inputs.plot:
        return answer
    from scalecalc.commands._charts import charted
    from scalecalc.commands._emergence_fit_charts import emergence_fit_charts

    return charted(answer, emergence_fit_charts(tested))


def _asked(inputs: EmergenceFitInputs) -> "Asked":
    from scalecalc.commands._emergence_table import Asked

    return Asked(
        columns=inputs.columns,
        where=(*(ARITHMETIC if inputs.table is None else ()), *inputs.where),
        items=inputs.items,
        answer_tokens=inputs.answer_tokens,
        chance=inputs.chance,
        metric=inputs.metric,
        scale=inputs.scale,
    )
