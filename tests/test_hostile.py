"""Whatever is typed gives a documented exit code and no traceback; where JSON was asked for, JSON."""

import json
import shlex
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scalecalc import commands, tables
from scalecalc.cli.parameters import option_name
from scalecalc.problem import ExitCode
from scalecalc.render import Format
from scalecalc.result import Positional

DOCUMENTED = set(ExitCode) - {ExitCode.BUG}

PLAUSIBLE = [
    *("1e23", "1.4T", "70B", "350M", "2^20", "1_000_000", "1,000,000", "1157PF-days", "300000 GPU-h@h100"),
    *("512", "512xH100", "h100", "8xa100-40gb", "30d", "36h", "P30D", "$2M", "2.5/h", "40%", "0.4", "20:1"),
    *(
        "1e18..1e22",
        "1e18..1e22:9",
        "1B,3B,7B",
        "-",
        "all",
        "chinchilla",
        "llama3-8b",
        "bf16",
        "fp8",
        "dense",
    ),
    *("1", "0", "true", "loss", "params", "flops", "N >= 1e9", "runs.csv", "law.json"),
]

HOSTILE = [
    *("", " ", "-", "--", "-1", "-1e23", "0", "-0", "1e400", "1e-400", "1e308", "5e-324", "1e999999999"),
    *("nan", "NaN", "inf", "-inf", "Infinity", "1e23e23", "..", "1e18..", "..1e22", "1e22..1e18", "1..1"),
    *(
        "1e18..1e22:0",
        "1e18..1e22:1000000000000",
        "1,2,,3",
        ",",
        "0x10",
        "1e",
        "e5",
        "+",
        "%",
        "400%",
        "$",
        "/h",
    ),
    *("512xH10O", "0xh100", "-8xh100", "1e30xh100", "x", "xh100", "8x", "30", "1000000y", "-3d", "2d2d"),
    *(
        "1979TFLOP/s",
        "sparse",
        "h100 sparse",
        "40",
        "1,5",
        "٣e23",
        "\uff11e23",
        "1e23\u200b",
        "\u202e1e23",
        "💥",
        "naïve",
    ),
    *("\x00", "\x07", "\x1b[31mred\x1b[0m", "\r\n", "a\nb", "\t", "\x7f", "\ud800", "\udcff.json"),
    *(
        "[red]x[/red]",
        "[/]",
        "[bold",
        "{0}",
        "{hint}",
        "%s%s%n",
        "$(id)",
        "`id`",
        "; rm -rf",
        "' OR 1=1",
        "\\",
    ),
    *(
        "/",
        ".",
        "..",
        "/dev/null",
        "/nonexistent/law.json",
        ".json",
        "a" * 300 + ".json",
        "~",
        "file:///etc/passwd",
    ),
    *("9" * 400, "9" * 5000, "x" * 1_000_000, "1," * 100_000, "1e18.." * 1000, "(" * 10_000),
]

BY_HAND = [
    "",
    "--",
    "-",
    "--json",
    "--json --json",
    "--format",
    "--format json",
    "--version optimal",
    "-h -h",
    "optimal -- --flops 1e23",
    "optimal --flops -- 1e23",
    "optimal - -",
    "optimal --flops=1e23 --flops=1e24",
    "optimal --flops 1e23 --format table --format csv --json",
    "optimal --flops 1e23 --output",
    "optimal --flops 1e23 --output /nonexistent/x",
    "optimal --flops 1e23 --output /proc/version",
    "optimal --flops 1e23 --output /",
    "optimal --flops 1e-300",
    "optimal --flops 1e300",
    "optimal --flops 1e300 --law all",
    "optimal --flops 1e23 --params 1e-300",
    "optimal --flops 1e23 --params 1e300",
    "optimal --flops 1e23 --tokens 1e300 --law all",
    "optimal --flops 1e23 --tokens-per-param 1e300",
    "optimal --flops 1e23 --tokens-per-param 1e-300 --law kaplan2020",
    "optimal --gpus 1xh100 --time 1e300y",
    "optimal --gpus 999999999999xh100 --time 1000y",
    "optimal --usd 1e300 --price 1e-300/h",
    "optimal --usd 1e-300 --price 1e300/h --mfu 1e-300",
    "optimal --flops 1e18..1e25:1000001 --law nonsense",
    "optimal --law besiroglu2024 --law --flops 1e23",
    "optimal optimal optimal",
    "gpu-hours --gpus 512 --gpus 512",
    "gpu-hours --gpus 1e300",
    "gpu-hours --params 70B --tokens 1.4T --gpus 8xh100 --time 1s --usd 1",
    "gpu-hours --params 1e300 --tokens 1e300 --gpus 1xh100",
    "gpu-hours --params 1e-300 --tokens 1e-300 --gpus 1xh100 --time 1e-300s",
    "gpu-hours --flops 1e23 --gpus 8xh100 --tflops 1979",
    "gpu-hours --flops 1e23 --gpus 8xh100 --mfu 0",
    "gpu-hours --model nonsense",
    "models nonsense --json",
    "models \x1b[31m --json",
    "laws ../../etc/passwd",
    "laws /etc/passwd.json --json",
    "accelerators 💥 --format markdown",
    "schema schema schema",
    "schema --json -",
]


LONG_WORK = {"--resamples"}
"""Options that rightly make a command work for minutes, and so are left out where values are drawn."""


QUICK = {"emergence fit": ["--resamples", "50"], "optimizer compare": ["--steps", "50"]}
"""What makes a command that rightly takes seconds take less, as it is run with every option here."""


def named(name):
    """The words that a command line begins with."""
    return [*name.split(), *QUICK.get(name, [])]


def parameters(name):
    """The words that may begin an input of the command, and those of its output."""
    fields = commands.command(name).inputs.model_fields.items()
    given = [
        "" if any(isinstance(mark, Positional) for mark in field.metadata) else option_name(each)
        for each, field in fields
    ]
    return [*given, "--json", "--format", "--strict", "--debug", "--nonsense", "-o"]


def values():
    names = [name for kind in ("law", "model", "accelerator") for name in tables.names(kind)]
    typed = st.text(st.characters(exclude_characters="/"), max_size=12)
    plausible = st.sampled_from([*PLAUSIBLE, *names, *Format])
    return st.one_of(plausible, plausible, st.sampled_from(HOSTILE), typed, st.floats().map(str))


@st.composite
def command_lines(draw):
    """A command with a few options and values of any kind, or one of its examples with words changed."""
    name = draw(st.sampled_from(commands.names()))
    words = named(name)
    if draw(st.booleans()):
        example = draw(st.sampled_from(commands.command(name).inputs.examples))
        words = shlex.split(example.partition(" | ")[0])
        place = draw(st.integers(1, len(words)))
        words[place : place + draw(st.integers(0, 1))] = [draw(values())]
    options = [parameter for parameter in parameters(name) if parameter not in LONG_WORK]
    for parameter in draw(st.lists(st.sampled_from(options), max_size=3)):
        words += [word for word in (parameter, draw(values())) if word or draw(st.booleans())]
    return words


def check(outcome, words):
    """The exit code is documented, nothing is a traceback, and JSON is JSON."""
    told = [word[:60] for word in words]
    assert outcome.code in DOCUMENTED, (told, outcome.err[-2000:])
    assert "Traceback" not in outcome.err, told
    assert (outcome.code in (0, 4)) or outcome.err.startswith("error: "), told
    assert "\x1b" not in outcome.err, told
    if "--json" in words and not {"-h", "--help", "--version"} & set(words):
        documents = [outcome.out] if outcome.out.startswith("{\n") else outcome.out.splitlines()
        for document in documents:
            json.loads(document, parse_constant=pytest.fail)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An empty folder for whatever --output is told to write."""
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(autouse=True)
def _within_the_folder(folder, monkeypatch):
    monkeypatch.chdir(folder)


@pytest.mark.parametrize("part", range(4))  # 1,000 lines, side by side
@given(words=command_lines())
@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_random_command_lines(scalecalc, part, words):
    check(scalecalc(*words, stdin="1e21\n70B\n\n# remark\nlots\n"), words)


@pytest.mark.parametrize("line", BY_HAND)
def test_command_lines_by_hand(scalecalc, line):
    words = line.split(" ") if line else []
    check(scalecalc(*words, stdin="1e21\n"), words)


@pytest.mark.parametrize("name", commands.names())
def test_every_command_with_every_hostile_value(scalecalc, name):
    options = [parameter for parameter in parameters(name) if parameter != "-o"]
    for place, value in enumerate(HOSTILE):
        option = options[place % len(options)]
        words = [*named(name), *([option] if option else []), value, "--json"]
        check(scalecalc(*words, stdin=value), words)


@pytest.mark.parametrize("value", ["", "-1", "1e300", "[red]\x1b[31m"])
@pytest.mark.parametrize("name", commands.names())
def test_every_input_of_every_command(scalecalc, name, value):
    for option in parameters(name):
        words = [*named(name), *([option] if option else []), value, "--json"]
        check(scalecalc(*words), words)


@pytest.mark.parametrize(
    "line",
    [
        "optimal --flops 1e400 --json",
        "optimal --law [red]x[/red].json --flops 1e23",
        "optimal --flops \x1b[31m",
    ],
)
def test_in_a_process_of_its_own(process, line):
    check(process(*line.split()), line.split())


def test_a_folder_in_the_place_of_every_file(scalecalc, folder):
    Path("law.json").mkdir()
    try:
        for line in ("optimal --flops 1e23 --law law.json", "optimal --flops 1e23 -o law.json"):
            assert scalecalc(*line.split()).code in (2, 3)
    finally:
        Path("law.json").rmdir()
