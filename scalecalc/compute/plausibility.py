"""Whether an MFU can be true, and what most likely went wrong where it cannot.

Published runs lie between 10 and 70 % of the dense peak (steady benchmarks up to 65 %, finished runs end to
end from 13 to 51 %), and nothing exceeds 100 %. A mistake multiplies the MFU by a factor that is often known:
2 for a sparse peak, the number of devices, the trillions of tokens. A cause is named if undoing its factor
brings the MFU back into the ordinary band.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from scalecalc.compute.mistake import Evidence, Mistake, mistakes
from scalecalc.compute.throughput import hfu_from_mfu
from scalecalc.problem import ExitCode, Problem

LEAST_ORDINARY = 0.10
MOST_ORDINARY = 0.70

Verdict = Literal["impossible", "high", "ordinary", "low"]

_NAMED = 3
"""Causes that a message names; more would say nothing."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A mistake that would explain an MFU, and the MFU once it is undone; `None` if its size is not known."""

    mistake: Mistake
    corrected: float | None

    @property
    def code(self) -> str:
        """The mistake's stable name."""
        return self.mistake.code

    def __str__(self) -> str:
        if self.corrected is None:
            return self.mistake.text
        return f"{self.mistake.text} (MFU {_percent(self.corrected)} if so)"


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on an MFU with its likely causes, the likeliest first; none where it is ordinary."""

    mfu: float
    verdict: Verdict
    causes: tuple[Cause, ...] = ()

    @property
    def note(self) -> str | None:
        """What to tell the reader; `None` where there is nothing to remark."""
        if self.verdict == "ordinary":
            return None
        side = "above" if self.mfu > MOST_ORDINARY else "below"
        seen = f"{LEAST_ORDINARY:.0%} to {MOST_ORDINARY:.0%}"
        return f"an MFU of {_percent(self.mfu)} is {side} the {seen} of published runs; {self.likely}"

    @property
    def likely(self) -> str:
        """The likely causes as one phrase."""
        return "likely cause: " + "; or ".join(str(cause) for cause in self.causes[:_NAMED])


def judge(mfu: float, evidence: Evidence | None = None) -> Finding:
    """Return the verdict on an MFU, assumed or implied; `plausible` refuses the impossible ones.

    With recomputation in the evidence, it is the HFU that cannot exceed 1.

    >>> judge(1.66, Evidence(tokens=8.1e12)).causes[0].code
    'hours-per-trillion-tokens'
    """
    if not 0 < mfu < math.inf:
        raise ValueError(f"mfu must be positive and finite, not {mfu!r}")
    evidence = evidence or Evidence()
    verdict = _verdict(mfu, hfu_from_mfu(mfu, evidence.recomputed))
    if verdict == "ordinary":
        return Finding(mfu, verdict)
    open_mistakes = mistakes(evidence, "low" if verdict == "low" else "high")
    return Finding(mfu, verdict, tuple(_explaining(mfu, open_mistakes, evidence.typical)))


def plausible(mfu: float, evidence: Evidence | None = None) -> Finding:
    """Return the finding on an MFU, or refuse one that is over 100 % of peak.

    The refusal is a Problem `impossible-mfu` whose hint names the likely causes.
    """
    finding = judge(mfu, evidence)
    if finding.verdict == "impossible":
        raise Problem("impossible-mfu", _refusal(finding, evidence), finding.likely, ExitCode.NO_ANSWER)
    return finding


def _verdict(mfu: float, hfu: float) -> Verdict:
    if hfu > 1:
        return "impossible"
    if mfu > MOST_ORDINARY:
        return "high"
    return "low" if mfu < LEAST_ORDINARY else "ordinary"


def _explaining(mfu: float, candidates: Iterable[Mistake], typical: float) -> list[Cause]:
    """Return the causes that lead back into the ordinary band.

    First those that other numbers bear out, then by nearness to `typical`, then those of unknown size.
    """
    causes = []
    for mistake in candidates:
        corrected = None if mistake.factor is None else mfu / mistake.factor
        if corrected is None or LEAST_ORDINARY <= corrected <= MOST_ORDINARY:
            causes.append(Cause(mistake, corrected))

    def rank(cause: Cause) -> tuple[bool, float]:
        off = math.inf if cause.corrected is None else abs(math.log(cause.corrected / typical))
        return (not cause.mistake.borne_out, off)

    return sorted(causes, key=rank)


def _refusal(finding: Finding, evidence: Evidence | None) -> str:
    if finding.mfu > 1:
        times = f"{finding.mfu:.3g} times" if finding.mfu >= 10 else f"{_percent(finding.mfu)} of"
        return f"these numbers imply {times} the peak FLOP/s: no hardware exceeds its peak"
    hfu = hfu_from_mfu(finding.mfu, evidence.recomputed if evidence else 0.0)
    mfu = _percent(finding.mfu)
    return f"an MFU of {mfu} with recomputation needs {_percent(hfu)} of the hardware's peak"


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"
