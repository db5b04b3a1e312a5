"""A page to send to a colleague: what was asked and found, the figures, what to do next, every assumption."""

from typing import ClassVar

from scalecalc.commands._report_inputs import ReportOptions
from scalecalc.commands._report_result import ReportResult


class ReportInputs(ReportOptions):
    """Write one self-contained HTML page: a fit to your runs, or with --plan all about a planned run.

    RUNS and the options of a fit go together; --plan takes a budget (--flops, --gpus with --time, --usd, or
    --params with --tokens) and the devices. The page loads nothing, and is the same for the same question.
    """

    group: ClassVar[str] = "Fit"
    examples: ClassVar[tuple[str, ...]] = (
        "report chinchilla -o report.html",
        "report llama3 --at 3.8e25 -o report.html",
        "report --plan --flops 1e23 --gpus 512xh100 -o plan.html",
        "report --plan --gpus 512xh100 --time 30d --json",
    )


def report(inputs: ReportInputs) -> ReportResult:
    """The report on the runs, or on the plan."""
    if inputs.plan:
        from scalecalc.commands._report_plan import plan_report

        return plan_report(inputs)
    from scalecalc.commands._report_runs import runs_report

    return runs_report(inputs)
