"""Options derived from the inputs: help, and completion in the shells."""

import re

import pytest

from scalecalc import commands, tables
from scalecalc.cli.parameters import option_name
from scalecalc.result import Positional

every_command = pytest.mark.parametrize("name", commands.names())
every_shell = pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])


def unboxed(text):
    """The words of a help page without its frames, in one line."""
    return " ".join(re.sub("[\u2500-\u257f]", " ", text).split())


class TestHelp:
    def test_the_overview_has_examples_before_the_commands(self, scalecalc):
        outcome = scalecalc("--help", COLUMNS="80")
        assert (outcome.code, outcome.err) == (0, "")
        first = outcome.out.index("scalecalc optimal --flops 1e23")
        places = [outcome.out.index(f"\u2502 {name} ") for name in commands.names()]
        assert first < min(places)

    def test_the_overview_groups_the_commands_by_job_plan_first(self, scalecalc):
        text = scalecalc("--help", COLUMNS="80").out
        headings = re.findall("\u256d\u2500 (.*?) \u2500", text)
        assert headings[:2] == ["Options", "Plan"]
        assert headings[-1] == "Look up"

    @every_command
    @pytest.mark.parametrize("columns", ["80", "100"])
    def test_a_page_holds_every_example_and_every_option_with_its_help(self, scalecalc, name, columns):
        outcome = scalecalc(*name.split(), "--help", COLUMNS=columns)
        assert (outcome.code, outcome.err) == (0, "")
        words = unboxed(outcome.out)
        inputs = commands.command(name).inputs
        for example in inputs.examples:
            assert "".join(f"scalecalc {example}".split()) in words.replace(" ", "")
        for field, info in inputs.model_fields.items():
            positional = any(isinstance(mark, Positional) for mark in info.metadata)
            assert (field.upper() if positional else option_name(field)) in words
            assert info.description
        assert max(map(len, outcome.out.splitlines())) <= int(columns)

    @every_command
    def test_examples_stand_first_and_on_a_line_each(self, scalecalc, name):
        text = scalecalc(*name.split(), "--help", COLUMNS="120").out
        lines = [line.strip() for line in text.splitlines()]
        examples = [f"scalecalc {example}" for example in commands.command(name).inputs.examples]
        assert [line for line in lines if line in examples] == examples
        assert lines.index(examples[0]) < 6

    def test_no_flag_shows_a_value(self, scalecalc):
        assert "<bool>" not in scalecalc("--help").out + scalecalc("optimal", "--help").out

    def test_a_default_is_told(self, scalecalc):
        assert "[default: besiroglu2024]" in unboxed(scalecalc("optimal", "--help").out)

    def test_h_is_short_for_help_and_wins_over_wrong_options(self, scalecalc):
        assert scalecalc("optimal", "-h", "--nonsense").code == 2
        assert scalecalc("optimal", "--flops", "x", "-h").out == scalecalc("optimal", "--help").out


class TestCompletion:
    def completed(self, scalecalc, shell, *words, last=""):
        """What the shell is offered for the word `last` behind the others."""
        line = " ".join(("scalecalc", *words, last))
        settings = {"_SCALECALC_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": line}
        if shell == "bash":
            settings |= {"COMP_WORDS": line, "COMP_CWORD": str(len(words) + 1)}
        if shell == "fish":
            settings |= {"_TYPER_COMPLETE_FISH_ACTION": "get-args"}
        return scalecalc(**settings).out

    @every_shell
    def test_commands(self, scalecalc, shell):
        offered = self.completed(scalecalc, shell)
        assert all(name in offered for name in commands.names())
        assert "schema" not in self.completed(scalecalc, shell, last="opt")

    @every_shell
    def test_options(self, scalecalc, shell):
        offered = self.completed(scalecalc, shell, "optimal", last="--t")
        assert all(option in offered for option in ("--time", "--tokens", "--tokens-per-param"))
        assert "--flops" not in offered

    @every_shell
    def test_names_of_laws(self, scalecalc, shell):
        offered = self.completed(scalecalc, shell, "optimal", "--law", last="hoffmann2022-a")
        published = [name for name in tables.names("law") if name.startswith("hoffmann2022-a")]
        assert len(published) >= 4
        assert all(name in offered for name in published)
        assert "besiroglu2024" not in offered

    @every_shell
    def test_names_of_accelerators_behind_a_count(self, scalecalc, shell):
        assert "512xh100-sxm-80gb" in self.completed(scalecalc, shell, "optimal", "--gpus", last="512xh100")
        assert "h100-sxm-80gb" in self.completed(scalecalc, shell, "optimal", "--gpus", last="h1")

    @every_shell
    def test_names_of_models(self, scalecalc, shell):
        offered = self.completed(scalecalc, shell, "gpu-hours", "--model", last="chinchilla")
        assert "chinchilla-70b" in offered

    @every_shell
    def test_names_of_commands_as_an_argument(self, scalecalc, shell):
        assert "optimal" in self.completed(scalecalc, shell, "schema", last="opt")

    @every_shell
    def test_options_of_a_command_of_two_words(self, scalecalc, shell):
        offered = self.completed(scalecalc, shell, "emergence", "fit", last="--sc")
        assert "--scale" in offered
        assert "--flops" not in offered

    @every_shell
    def test_formats(self, scalecalc, shell):
        assert "jsonl" in self.completed(scalecalc, shell, "optimal", "--format", last="js")

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_the_script_is_printed_for_the_shell(self, scalecalc, shell):
        settings = {
            "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
            "_SCALECALC_COMPLETE": f"source_{shell}",
        }
        outcome = scalecalc(**settings)
        assert outcome.code == 0
        assert "_SCALECALC_COMPLETE" in outcome.out

    def test_show_completion_prints_the_script_of_the_running_shell(self, scalecalc):
        settings = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
        outcome = scalecalc("--show-completion", "bash", **settings)
        assert outcome.code == 0
        assert "_SCALECALC_COMPLETE=complete_bash" in outcome.out
