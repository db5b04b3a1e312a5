"""Writes the reference of every command from the command itself; cog puts it into docs/reference.md."""

import inspect

from pydantic.fields import FieldInfo
from typer.models import OptionInfo

from scalecalc import commands
from scalecalc.cli.parameters import OUTPUT, option_name, parameter
from scalecalc.result import Positional


def markdown() -> str:
    """Return one section per command: its purpose, its examples, its options."""
    return "\n\n".join(section(name) for name in commands.names())


def output_options() -> str:
    """Return the options that every command has."""
    declared = [option.annotation.__metadata__[0] for option in OUTPUT]
    return _table([(", ".join(f"`{flag}`" for flag in flags(each)), each.help, "") for each in declared])


def flags(declared: OptionInfo) -> list[str]:
    """Return the names of an option; Typer keeps the first of them as its default."""
    return [each for each in (declared.default, *(declared.param_decls or ())) if isinstance(each, str)]


def section(name: str, level: int = 2) -> str:
    """Return the purpose of a command, its examples and its options."""
    inputs = commands.command(name).inputs
    examples = "\n".join(f"scalecalc {example}" for example in inputs.examples)
    parts = [f"{'#' * level} {name}", inspect.cleandoc(inputs.__doc__ or ""), f"```sh\n{examples}\n```"]
    return "\n\n".join([*parts, *options(name)])


def options(name: str) -> list[str]:
    """Return the table of a command's options, or nothing where it has none."""
    rows = [_option(field, info) for field, info in commands.command(name).inputs.model_fields.items()]
    return [_table(rows)] if rows else []


def _option(name: str, field: FieldInfo) -> tuple[str, str, str]:
    positional = any(isinstance(mark, Positional) for mark in field.metadata)
    written = f"`{name.upper()}`" if positional else f"`{option_name(name)}{_value(name, field)}`"
    default = "" if field.is_required() or field.default in (None, False, ()) else str(field.default)
    if isinstance(field.default, list):
        default = ", ".join(field.default)
    return written, field.description or "", f"`{default}`" if default else ""


def _value(name: str, field: FieldInfo) -> str:
    """What an option takes, where that is a quantity and not the word of its name again."""
    word = parameter(name, field).annotation.__metadata__[0].metavar
    return f" {word}" if word and word != option_name(name).strip("-").upper() else ""


def _table(rows: list[tuple[str, str, str]]) -> str:
    lines = ["| option | meaning | default |", "| --- | --- | --- |"]
    lines += [f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows]
    return "\n".join(lines)
