"""What the documentation says in words: its numbers, options and links hold."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from scalecalc import commands
from scalecalc.cli.parameters import OUTPUT, option_name
from scalecalc.problem import ExitCode

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
NAMED = [DOCS / name for name in ("index.md", "guide.md", "questions.md", "numbers.md")]
SHELVES = sorted([*DOCS.glob("howto/*.md"), *DOCS.glob("concepts/*.md")])
WRITTEN = [*NAMED, *SHELVES]
ALL = sorted([*DOCS.glob("*.md"), *SHELVES, PROJECT / "README.md", PROJECT / "data/README.md"])

OF_EVERY_COMMAND = {
    flag
    for option in OUTPUT
    for flag in (option.annotation.__metadata__[0].default, *option.annotation.__metadata__[0].param_decls)
    if isinstance(flag, str)
}

FACTS = tomllib.loads((Path(__file__).parent / "facts.toml").read_text(encoding="utf-8"))
"""Numbers that the program does not print: page, number, source."""

BLOCK = re.compile(r"<!-- \[\[\[cog.*?<!-- \[\[\[end\]\]\] -->", re.DOTALL)
COG = re.compile(r"<!-- \[\[\[cog.*?\]\]\] -->|<!-- \[\[\[end\]\]\] -->", re.DOTALL)
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]+`")
NUMBER = re.compile(r"(?<![\w.^-])\$?\d[\d,]*(?:\.\d+)?(?:e\d+)?[KMBT]?(?![\w^])")


def name_of(path):
    return path.relative_to(PROJECT).as_posix()


def prose(text):
    """The page without code, generated blocks, citations and targets of links."""
    bare = CODE.sub("", FENCE.sub("", BLOCK.sub("", text)))
    cited = re.sub(r"arXiv \d{4}\.\d{5}|(?:et al\.|[A-Z][A-Za-z]+) (?:19|20)\d\d\b", "", bare)
    return re.sub(r"\]\([^)]*\)", "]", cited)


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_a_number_in_a_sentence_is_printed_on_the_page_or_has_a_source(path):
    text = path.read_text(encoding="utf-8")
    shown = " ".join(FENCE.findall(text) + CODE.findall(text)).replace(",", "")
    known = {fact["number"] for fact in FACTS.get(name_of(path), [])}
    numbers = [found.rstrip(",") for found in NUMBER.findall(prose(text))]
    said = [number for number in numbers if len(re.sub(r"\D", "", number)) > 1 and number not in known]
    assert [
        each for each in said if not re.search(rf"(?<![\d.]){re.escape(each.replace(',', ''))}(?!\d)", shown)
    ] == []


def test_every_fact_has_a_source_and_is_still_said():
    for page, facts in FACTS.items():
        text = prose((PROJECT / page).read_text(encoding="utf-8"))
        for fact in facts:
            assert fact["number"] in text, f"{page} no longer says {fact['number']}"
            assert len(fact["source"]) > 5


def test_a_fact_from_a_file_stands_in_that_file():
    held = [(fact["number"], fact["file"]) for facts in FACTS.values() for fact in facts if "file" in fact]
    assert held
    assert [
        number for number, file in held if number not in (PROJECT / file).read_text(encoding="utf-8")
    ] == []


def lines_of_commands(text):
    """Command lines on a page: after a prompt, in blocks of sh, in sentences."""
    blocks = [line.removeprefix("$ ") for block in FENCE.findall(text) for line in block.splitlines()]
    spans = [span.strip("`") for span in CODE.findall(FENCE.sub("", COG.sub("", text)))]
    return [line for line in [*blocks, *spans] if line.startswith("scalecalc ")]


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_every_command_line_names_a_command_and_its_options(path):
    for line in lines_of_commands(path.read_text(encoding="utf-8")):
        words = shlex.split(line.partition(" | ")[0].partition(" > ")[0], comments=True)[1:]
        if not words or words[0] in ("--version", "--install-completion", "--help", "COMMAND"):
            continue
        name = " ".join(words[:2]) if " ".join(words[:2]) in commands.names() else words[0]
        assert name in commands.names(), line
        known = {option_name(field) for field in commands.command(name).inputs.model_fields}
        known |= OF_EVERY_COMMAND
        given = {word.partition("=")[0] for word in words[1:] if re.match(r"--?[a-z]", word)}
        assert given <= known, line


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_every_option_in_a_sentence_exists(path):
    known = {
        option_name(field)
        for name in commands.names()
        for field in commands.command(name).inputs.model_fields
    }
    known |= OF_EVERY_COMMAND | {"--version"}
    said = {
        word
        for span in CODE.findall(path.read_text(encoding="utf-8"))
        for word in re.findall(r"(?<!\w)--[a-z][a-z-]*", span)
    }
    assert said - known == set()


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_every_link_resolves_in_the_repository_too(path):
    text = FENCE.sub("", COG.sub("", path.read_text(encoding="utf-8")))
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    files = [target.partition("#") for target in targets]
    assert [file for file, _, _ in files if file and not (path.parent / file).exists()] == []
    anchors = [place for file, _, place in files if file.endswith("reference.md") and place]
    assert [
        place
        for place in anchors
        if place.replace("-", " ") not in commands.names() and place not in commands.names()
    ] == []


def test_the_table_of_exit_codes_is_that_of_the_program():
    table = re.findall(r"^\| (\d+) \|", (DOCS / "output.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(code) for code in table] == [code.value for code in ExitCode]


def test_every_command_is_shown_on_some_page():
    text = " ".join(path.read_text(encoding="utf-8") for path in WRITTEN) + (PROJECT / "README.md").read_text(
        encoding="utf-8"
    )
    missing = [
        name for name in commands.names() if f"scalecalc {name}" not in text and f"`{name}`" not in text
    ]
    assert missing == []
