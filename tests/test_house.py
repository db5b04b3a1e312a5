"""The shape of the house: which room imports which, how long files are, what every command has."""

import ast
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from scalecalc import commands
from scalecalc.commands import GROUPS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "scalecalc"
MODULES = sorted(PACKAGE.rglob("*.py"))
SOURCES = sorted(
    path for folder in (PACKAGE, ROOT / "tests", ROOT / "bench") for path in folder.rglob("*.py")
)

ROOMS = (
    *("cli", "commands", "render", "result", "run_table", "tables", "fitting", "compute", "training", "laws"),
    *("quantity", "progress", "chart", "files", "problem"),
)
"""From the top of the house to its ground; a room imports only rooms below itself."""

EVERYWHERE = {"__init__"}
"""The package itself: its version and its public names, loaded on first use."""

PLAIN_ARITHMETIC = {"compute", "training", "laws", "quantity", "problem"}
HEAVY = {"numpy", "scipy", "pydantic", "pydantic_core", "typer", "rich"}

every_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
every_source = pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
every_command = pytest.mark.parametrize("name", commands.names())


def room(module):
    """The room of a dotted name such as scalecalc.laws.band; the package itself is its own room."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports(path):
    """The modules that a file imports at run time, at its top or within its functions."""
    return [name for node in at_run_time(ast.parse(path.read_text())) for name in imported(node)]


def at_run_time(tree):
    """The nodes of a tree but for what only a type checker reads."""
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        checked_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        pending += node.orelse if checked_only else ast.iter_child_nodes(node)


def imported(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    if node.module == "scalecalc":
        return [f"scalecalc.{alias.name}" if alias.name in ROOMS else "scalecalc" for alias in node.names]
    return [node.module]


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


class TestRooms:
    @every_module
    def test_a_room_imports_only_rooms_below_it(self, path):
        inside = path.relative_to(PACKAGE)
        own = inside.parts[0].removesuffix(".py")
        if own in {"__init__", "__main__"}:
            return
        below = {own, *EVERYWHERE, *ROOMS[ROOMS.index(own) + 1 :]}
        used = {room(name) for name in imports(path) if name.split(".")[0] == "scalecalc"}
        assert used <= below

    @every_module
    def test_rooms_of_plain_arithmetic_import_nothing_heavy(self, path):
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if own not in PLAIN_ARITHMETIC:
            return
        at_top = {name for node in ast.parse(path.read_text()).body for name in imported(node)}
        assert not HEAVY & {name.split(".")[0] for name in at_top}

    @every_module
    def test_no_import_is_relative(self, path):
        nodes = ast.walk(ast.parse(path.read_text()))
        assert not [node for node in nodes if isinstance(node, ast.ImportFrom) and node.level]

    @every_module
    def test_commands_do_not_print_and_renderers_do_not_know_them(self, path):
        own = path.relative_to(PACKAGE).parts[0]
        calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        printing = [call for call in calls if isinstance(call, ast.Name) and call.id == "print"]
        assert own in {"cli", "render"} or not printing


class TestSize:
    @every_source
    def test_a_file_has_at_most_400_lines(self, path):
        assert len(path.read_text().splitlines()) <= 400

    @every_source
    def test_a_function_has_at_most_60_lines(self, path):
        lengths = {
            node.name: node.end_lineno - node.lineno + 1 for node in functions(ast.parse(path.read_text()))
        }
        assert {name: length for name, length in lengths.items() if length > 60} == {}


class TestStartUp:
    def loaded(self, program):
        """The heavy modules that a program has loaded at its end."""
        tell = "import sys, json; print(json.dumps(sorted({'numpy', 'scipy', 'rich'} & set(sys.modules))))"
        done = subprocess.run(
            [sys.executable, "-c", f"{program}\n{tell}"], capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout.splitlines()[-1])

    def test_the_command_line_loads_nothing_heavy(self):
        assert self.loaded("import scalecalc.cli") == []

    @pytest.mark.parametrize(
        "line",
        [
            "optimal --flops 1e23 --json",
            "optimal --gpus 512xH100 --time 30d --json",
            "optimal --flops 1e21..1e23 --law all --format csv",
            "optimal --json",
            "gpu-hours --gpus 512 --json",
            "gpu-hours --model llama3.1-405b --time 60d --mfu 41% --mtbf 50000h --phase 15T@8k --json",
            "gpu-hours --model llama3-8b --requests 1B --prompt-tokens 1000 --answer-tokens 300 --json",
            "memory llama3-70b --gpus 64xh100 --tensor 8 --pipeline 2 --json",
            "memory --params 70B --gpus 512xh100 --suggest --json",
            "mfu --model llama3-8b --gpus 64xh100 --tokens-per-second 600000 --json",
            "check --json",
            "flops llama3-8b --json",
            "shape --params 7B --json",
            "thresholds --flops 3.8e25 --json",
            "hyperparameters --params 7B --tokens 140B --json",
            "overtrain --params 8B --tokens 15T --json",
            "models --json",
            "laws --json",
            "accelerators --json",
            "schema optimal",
            "information 1/2,1/4,1/4 1/4,1/4,1/2 --json",
            "information likelihood config.json --tokenize bytes --json",
            "information reward --policy -0.5,-1.2 --reference -0.7,-1.0 --json",
            "loss 1.9 --tokenizer llama2 --against 2.1 --against-tokenizer gpt2 --json",
            "optimizer --params 7B --json",
            "optimizer trace --gradients 1,0.5,-0.2 --against adam --json",
            "schedule --params 7B --tokens 2T --json",
            "schedule --decay wsd --peak-lr 3e-4 --steps 1000 --format csv",
            "emergence --json",
            "emergence --params 1B..100B --exponent 0.5 --one-nat-at 1B --json",
            "adapt llama3-8b --labeled 5k --example-tokens 400 --queries 1M --json",
            "adapt --params 500M --labeled 100 --example-tokens 400 --queries 1M --json",
        ],
    )
    @pytest.mark.usefixtures("example_files")
    def test_a_closed_form_command_loads_nothing_heavy(self, line):
        program = f"""
import contextlib, io
from scalecalc.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    main({line.split()})
"""
        assert self.loaded(program) == []

    def test_a_command_imports_no_other(self):
        program = (
            "import sys; from scalecalc import commands; commands.command('optimal'); print(*sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        public = {f"scalecalc.commands.{stem}" for stem in commands.stems().values()}
        assert public & set(done.stdout.split()) == {"scalecalc.commands.optimal"}


class TestCommands:
    @every_command
    def test_it_has_a_purpose_a_group_and_examples(self, name):
        inputs = commands.command(name).inputs
        assert inputs.__doc__.strip()
        assert inputs.group in GROUPS
        assert len(inputs.examples) >= 2
        assert all(f"{example} ".startswith(f"{name} ") for example in inputs.examples)

    @every_command
    def test_every_input_says_what_it_is(self, name):
        fields = commands.command(name).inputs.model_fields
        assert [field for field, info in fields.items() if not info.description] == []

    @every_command
    def test_its_function_and_its_result_say_what_they_are(self, name):
        assert commands.command(name).run.__doc__
        assert commands.command(name).result.__doc__

    @every_command
    @pytest.mark.usefixtures("example_files")
    def test_its_examples_answer(self, name, scalecalc):
        for example in commands.command(name).inputs.examples:
            outcome = scalecalc(*shlex.split(example.partition(" | ")[0]))
            assert outcome.code == 0, (example, outcome.err)
