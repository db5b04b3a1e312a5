"""Writes the pages of the site that come from the program: commands, laws, tables, changes.

They are made at every build and kept out of the repository, so that a new command or law has its page by
itself and none can drift.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import reference
import shown

from scalecalc import commands, tables
from scalecalc.commands import GROUPS

_PROJECT = Path(__file__).parent.parent

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
    laws = tables.all_laws()
    return {
        "commands.md": _overview(),
        **{f"commands/{slug(name)}.md": command_page(name) for name in commands.names()},
        "laws.md": _laws(list(laws)),
        **{f"laws/{slug(name)}.md": law_page(name) for name in laws},
        "data.md": _without_cog(_PROJECT / "data" / "README.md"),
        "changelog.md": (_PROJECT / "CHANGELOG.md").read_text(encoding="utf-8"),
    }


def slug(name: str) -> str:
    """The name of a page's file."""
    return name.replace(" ", "-")


def command_page(name: str) -> str:
    """All about a command: what for, examples, options, the JSON it prints."""
    schema = commands.call("schema", command=name.split()).document()
    output = schema["output"]
    result = output["properties"]["result"]
    rows = map(_cells, _keys(result, output["$defs"]))
    keys = "\n".join(["| key | unit or type | meaning |", "| --- | --- | --- |", *rows])
    return "\n\n".join(
        [
            reference.section(name, level=1),
            "## Output options",
            reference.output_options(),
            "## Keys of the result",
            f"Under `result` in the JSON of `--json`; `scalecalc schema {name}` has the whole JSON Schema.",
            keys,
        ]
    )


def law_page(name: str) -> str:
    """All about a law, as the program tells it."""
    return f"# {name}\n\n{_told(f'scalecalc laws {name}')}"


def _overview() -> str:
    """The commands by group, and the table of contents of their pages."""
    parts = ["# Commands"]
    for group in GROUPS:
        named = [name for name in commands.names() if commands.command(name).inputs.group == group]
        lines = [f"- [`{name}`](commands/{slug(name)}.md): {_purpose(name)}" for name in named]
        parts.append("\n".join([f"## {group}", "", *lines]))
    parts.append(_contents(f"commands/{slug(name)}" for name in commands.names()))
    return "\n\n".join(parts)


def _laws(names: list[str]) -> str:
    listed = _told("scalecalc laws")
    links = "\n".join(f"- [{name}](laws/{slug(name)}.md)" for name in names)
    return "\n\n".join(["# Laws", listed, links, _contents(f"laws/{slug(name)}" for name in names)])


def _told(line: str) -> str:
    """What a command line prints as Markdown, its headings one level up, below that of a page."""
    return re.sub("^###", "##", shown.table(line), flags=re.MULTILINE)


def _contents(paths: Iterator[str]) -> str:
    return "\n".join(["```{toctree}", ":hidden:", "", *paths, "```"])


def _purpose(name: str) -> str:
    purpose, _, _ = (commands.command(name).inputs.__doc__ or "").strip().partition("\n\n")
    return " ".join(purpose.split())


def _keys(schema: Schema, defs: Mapping[str, Schema], before: str = "") -> Iterator[tuple[str, str, str]]:
    """Every key within a schema: its path, its unit or type, its meaning."""
    target = _target(schema, defs)
    for name, field in target.get("properties", {}).items():
        kinds = [kind for kind in field.get("anyOf", [field]) if kind.get("type") != "null"]
        path = f"{before}{name}"
        meaning = field.get("description") or field.get("title", "")
        yield path, " or ".join(dict.fromkeys(_kind(kind, defs) for kind in kinds)), meaning
        for kind in kinds:
            inner, mark = (kind["items"], "[]") if "items" in kind else (kind, "")
            if "$ref" in inner and inner["$ref"] != schema.get("$ref"):
                yield from _keys(inner, defs, f"{path}{mark}.")


def _target(schema: Schema, defs: Mapping[str, Schema]) -> Schema:
    return defs[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _kind(schema: Schema, defs: Mapping[str, Schema]) -> str:
    if "x-unit" in schema:
        return str(schema["x-unit"])
    if "enum" in schema or "const" in schema:
        return ", ".join(json.dumps(each) for each in schema.get("enum", [schema.get("const")]))
    if "items" in schema:
        return f"list of {_kind(schema['items'], defs)}"
    return "object" if "$ref" in schema else str(schema.get("type", "any"))


def _cells(row: tuple[str, str, str]) -> str:
    path, kind, meaning = (cell.replace("|", "&#124;").replace("\n", " ") for cell in row)
    return f"| `{path}` | {kind} | {meaning} |"


def _without_cog(path: Path) -> str:
    """A page of the repository without the code that wrote parts of it."""
    kept, is_code = [], False
    for line in path.read_text(encoding="utf-8").splitlines():
        is_code = is_code or line.startswith("<!-- [[[cog")
        if not is_code and not line.startswith("<!-- [[[end"):
            kept.append(line)
        if line.startswith("]]] -->"):
            is_code = False
    return "\n".join(kept)
