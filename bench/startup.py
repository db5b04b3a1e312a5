"""Start-up: the processor time of a closed-form command against the least that Typer and pydantic cost.

The peer declares one pydantic model and one Typer command and, in its second form, runs it. Both are measured
in turn, so that a busy machine slows both alike, and with compiled bytecode, as an installed program has it.

    python bench/startup.py --pairs 30
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

DECLARED = """
import typer, pydantic

class OptimalInputs(pydantic.BaseModel):
    flops: float

app = typer.Typer()

@app.command()
def optimal(flops: str = typer.Option()) -> None:
    print(OptimalInputs(flops=flops).model_dump_json())
"""

PROGRAMS: dict[str, Sequence[str]] = {
    "peer, declared": ("-c", DECLARED),
    "peer, declared and run": ("-c", f"{DECLARED}\napp()", "--flops", "1e23"),
    "scalecalc optimal --json": ("-m", "scalecalc", "optimal", "--flops", "1e23", "--json"),
}
OURS = "scalecalc optimal --json"


def processor_seconds(arguments: Sequence[str], environment: Mapping[str, str]) -> float:
    """User and system time of one run of the interpreter, which must succeed."""
    process = subprocess.Popen(
        [sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL, cwd=tempfile.gettempdir()
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments[-4:])} failed with exit code {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def measured(pairs: int, bytecode: Path) -> dict[str, list[float]]:
    """Seconds of each program, interleaved: [pairs] each, after one run that compiles the bytecode."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(bytecode)
    for arguments in PROGRAMS.values():
        processor_seconds(arguments, environment)
    seconds: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(pairs):
        for name, arguments in PROGRAMS.items():
            seconds[name].append(processor_seconds(arguments, environment))
    return seconds


def report(seconds: Mapping[str, Sequence[float]]) -> str:
    """The table: milliseconds, and how many times longer our command takes than each peer."""
    lines = [
        "| program | median ms | least ms | ours, median | ours, least |",
        "| --- | --: | --: | --: | --: |",
    ]
    ours = seconds[OURS]
    for name, taken in seconds.items():
        median, least = statistics.median(taken), min(taken)
        ratios = f"{statistics.median(ours) / median:.2f}x | {min(ours) / least:.2f}x"
        lines.append(f"| {name} | {1e3 * median:.0f} | {1e3 * least:.0f} | {ratios} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=30, help="runs of each program")
    with tempfile.TemporaryDirectory() as folder:
        print(report(measured(parser.parse_args().pairs, Path(folder))))


if __name__ == "__main__":
    main()
