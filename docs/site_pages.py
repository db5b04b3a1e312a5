"""Writes the pages of the site that come from the program: commands, laws, tables, changes.

They are made at every build and kept out of the repository, so that a new command or law has its page by
itself and none can drift.
"""

import inspect
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import law_pages
import reference
import shown

from scalecalc import commands
from scalecalc.commands import GROUPS

_DOCS = Path(__file__).parent
_PROJECT = _DOCS.parent

_SLOW_EXAMPLES = ("emergence fit", "optimizer compare")
"""Examples that take seconds; the page of the command shows its next one."""

Schema = Mapping[str, Any]


def write(docs: Path) -> None:
    """Write all generated pages under docs/generated."""
    folder = docs / "generated"
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in pages().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """The text of every generated page by its path."""
    return {
        "commands.md": _overview(),
        **{f"commands/{slug(name)}.md": command_page(name) for name in commands.names()},
        **law_pages.pages(),
        "data.md": (_PROJECT / "data" / "README.md").read_text(encoding="utf-8"),
        "changelog.md": (_PROJECT / "CHANGELOG.md").read_text(encoding="utf-8"),
    }


def slug(name: str) -> str:
    """The name of a page's file."""
    return name.replace(" ", "-")


def of_the_site(name: str, text: str) -> str:
    """A page of the repository as one of the site: without cog's code, its links to the site's own pages."""
    up = "../" * name.count("/")
    kept = re.sub(r"<!-- \[\[\[cog.*?\]\]\] -->\n?|<!-- \[\[\[end\]\]\] -->\n?", "", text, flags=re.DOTALL)
    for pattern, page in _OF_THE_REPOSITORY.items():
        kept = re.sub(rf"\]\((?:\.\./)*{pattern}\)", rf"]({up}generated/{page})", kept)
    return kept


_OF_THE_REPOSITORY = {
    r"reference\.md#([a-z-]+)": r"commands/\1.md",
    r"reference\.md": "commands.md",
    r"data/[a-z_]+\.toml#([a-z0-9-]+)": r"laws/\1.md",
    r"data/README\.md(#[a-z0-9_-]+)?": r"data.md\1",
    r"CHANGELOG\.md": "changelog.md",
}
"""Targets of links as they stand in the repository, and the pages that hold the same on the site."""


def command_page(name: str) -> str:
    """All about a command: what for, examples and what one prints, options, the JSON, where it is used."""
    inputs = commands.command(name).inputs
    purpose = re.sub(r"(?<![\w`-])--[a-z][a-z-]*", r"`\g<0>`", inspect.cleandoc(inputs.__doc__ or ""))
    parts = [f"# {name}", purpose]
    parts += ["```sh\n" + "\n".join(f"scalecalc {each}" for each in inputs.examples) + "\n```"]
    parts += _seen(inputs.examples)
    parts += ["## Options", *(reference.options(name) or ["It has none of its own."])]
    parts += ["Every command has these as well:", reference.output_options()]
    parts += ["Numbers are written as [people write them](../../numbers.md)."]
    return "\n\n".join([*parts, *_result_keys(name), *_used_on(name)])


def _seen(examples: tuple[str, ...]) -> list[str]:
    """What the first example prints that needs no file, no extra and no patience."""
    by_itself = [each for each in examples if not re.search(r"\||\.csv|\.json|--json|csv|-o |--plot", each)]
    quick = [each for each in by_itself if each not in _SLOW_EXAMPLES]
    return ["## What it prints", shown.screen(f"scalecalc {quick[0]}", most=60)] if quick else []


def _result_keys(name: str) -> list[str]:
    output = _schema(name)["output"]
    rows = map(_cells, _keys(output["properties"]["result"], output["$defs"]))
    table = "\n".join(["| key | unit or type | meaning |", "| --- | --- | --- |", *rows])
    return ["## Keys of the result", _ABOUT_KEYS.format(name=name), table]


_ABOUT_KEYS = (
    "Under `result` in the JSON of `--json`; `scalecalc schema {name}` prints the whole JSON Schema, and "
    "[the format](../../output.md) says what stands around it. A *range* is an object with `low` and `high`, "
    "an *estimate* one with `value`, `low`, `high`, `level` and `method`."
)


def _used_on(name: str) -> list[str]:
    """Links to the pages that show the command."""
    longer = [each.removeprefix(name).strip() for each in commands.names() if each.startswith(f"{name} ")]
    words = rf"scalecalc {re.escape(name)}(?! (?:{'|'.join(longer) or '$'})\b)(?![\w-])"
    paths = [path for path in _written() if re.search(words, path.read_text(encoding="utf-8"))]
    links = [f"- [{_title(path)}](../../{path.relative_to(_DOCS).as_posix()})" for path in paths]
    return ["## Where it is used", "\n".join(links)] if links else []


@cache
def _written() -> list[Path]:
    """The pages that somebody wrote, in their order on the site."""
    return [_DOCS / "guide.md", *sorted(_DOCS.glob("howto/*.md")), *sorted(_DOCS.glob("concepts/*.md"))]


def _title(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def _overview() -> str:
    """The commands by group, and the table of contents of their pages."""
    parts = [
        "# Commands",
        "By what they are for. Every page shows the options, an answer, and the keys of the JSON.",
    ]
    for group in GROUPS:
        named = [name for name in commands.names() if commands.command(name).inputs.group == group]
        lines = [f"- [`{name}`](commands/{slug(name)}.md): {_purpose(name)}" for name in named]
        parts.append("\n".join([f"## {group}", "", *lines]))
    contents = "\n".join(
        ["```{toctree}", ":hidden:", "", *(f"commands/{slug(name)}" for name in commands.names()), "```"]
    )
    return "\n\n".join([*parts, contents])


def _purpose(name: str) -> str:
    purpose, _, _ = (commands.command(name).inputs.__doc__ or "").strip().partition("\n\n")
    return " ".join(purpose.split())


@cache
def _schema(name: str) -> Schema:
    return commands.call("schema", command=name.split()).document()


@cache
def _units() -> dict[str, str]:
    """The unit that a key has wherever a schema tells it; an estimate under the same key has it too."""
    found: dict[str, str] = {}
    for name in commands.names():
        output = _schema(name)["output"]
        for model in output["$defs"].values():
            for key, field in model.get("properties", {}).items():
                units = [kind["x-unit"] for kind in field.get("anyOf", [field]) if "x-unit" in kind]
                found.update({key: units[0]} if units else {})
    return found


def _keys(schema: Schema, defs: Mapping[str, Schema], before: str = "") -> Iterator[tuple[str, str, str]]:
    """Every key within a schema: its path, its unit or type, its meaning."""
    target = _target(schema, defs)
    for name, field in target.get("properties", {}).items():
        kinds = [kind for kind in field.get("anyOf", [field]) if kind.get("type") != "null"]
        path = f"{before}{name}"
        yield (
            path,
            " or ".join(dict.fromkeys(_kind(name, kind, defs) for kind in kinds)),
            _meaning(name, field, defs),
        )
        for kind in kinds:
            inner, mark = (kind["items"], "[]") if "items" in kind else (kind, "")
            if "$ref" in inner and inner["$ref"] != schema.get("$ref") and _spread(inner) is None:
                yield from _keys(inner, defs, f"{path}{mark}.")


def _meaning(name: str, field: Schema, defs: Mapping[str, Schema]) -> str:
    """What a field is: its title, where that is more than the name again, and its description."""
    title, description = field.get("title", ""), field.get("description", "")
    spoken = name.replace("_", " ")
    is_titled = title and title.lower() != spoken.lower()
    told = [title] if is_titled else []
    told += [description] if description else []
    if not told and "$ref" in field and _spread(field) is None:
        told = [_target(field, defs).get("description", "").partition("\n\n")[0]]
    return ". ".join(told) or spoken


def _target(schema: Schema, defs: Mapping[str, Schema]) -> Schema:
    return defs[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _spread(schema: Schema) -> str | None:
    """The word for a value with its range, whose keys are the same everywhere."""
    return {"Estimate": "estimate", "Span": "range"}.get(schema.get("$ref", "").rpartition("/")[2])


def _kind(name: str, schema: Schema, defs: Mapping[str, Schema]) -> str:
    if "x-unit" in schema:
        return str(schema["x-unit"])
    if "enum" in schema or "const" in schema:
        return ", ".join(json.dumps(each) for each in schema.get("enum", [schema.get("const")]))
    if "items" in schema:
        return f"list of {_kind(name, schema['items'], defs)}"
    spread = _spread(schema)
    if spread:
        unit = _units().get(name)
        return f"{spread} ({unit})" if unit else spread
    return "object" if "$ref" in schema else str(schema.get("type", "any"))


def _cells(row: tuple[str, str, str]) -> str:
    path, kind, meaning = (cell.replace("|", "&#124;").replace("\n", " ") for cell in row)
    return f"| `{path}` | {kind} | {meaning} |"
