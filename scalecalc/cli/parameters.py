"""Command-line parameters derived from the fields of an Inputs: the one place that shapes a signature."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import typer
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from scalecalc.cli.request import Delivery, Request
from scalecalc.commands import Command
from scalecalc.render import Format
from scalecalc.result import Completes, Inputs, Positional


def help_of(inputs: type[Inputs]) -> str:
    """The help text of a command: its examples, then what it is."""
    lines = "\n".join(f"scalecalc {example}" for example in inputs.examples)
    return f"```\n{lines}\n```\n\n{inspect.cleandoc(inputs.__doc__ or '')}"


def reader(command: Command) -> Callable[..., Request]:
    """A function with the signature that Typer reads as the command's options; it returns the request."""

    def read_words(**words: Any) -> Request:
        delivery = Delivery(
            Format.JSON if words["json_"] else words["format_"], words["output_"], words["strict_"]
        )
        asked = {name: words[name] for name in command.inputs.model_fields}
        given = {name: word for name, word in asked.items() if word is not None and word != []}
        return Request(command, given, delivery)

    parameters = [parameter(name, field) for name, field in command.inputs.model_fields.items()]
    parameters += OUTPUT
    read_words.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    read_words.__annotations__ = {each.name: each.annotation for each in parameters}
    return read_words


def parameter(name: str, field: FieldInfo) -> inspect.Parameter:
    """The parameter of an input: text, a list of texts, or a flag. What the text means, pydantic reads."""
    kinds = _kinds(field.annotation)
    if bool in kinds:
        declared = typer.Option(option_name(name), help=field.description, metavar="", show_default=False)
        return _parameter(name, bool, bool(field.default), declared)
    positional = any(isinstance(mark, Positional) for mark in field.metadata)
    description: dict[str, Any] = {
        "help": f"{field.description}{_default_text(field)}",
        "metavar": name.upper() if positional else _metavar(name, kinds),
        "show_default": False,
        "autocompletion": _completion(field),
    }
    annotation: Any = list[str] if list in kinds else str
    words = () if positional else (option_name(name),)
    declared = (typer.Argument if positional else typer.Option)(*words, **description)
    if field.is_required():
        return _parameter(name, annotation, inspect.Parameter.empty, declared)
    return _parameter(name, annotation | None, None, declared)


def option_name(field: str) -> str:
    """The option of a field: `tokens_per_param` is `--tokens-per-param`."""
    return "--" + field.replace("_", "-")


def _parameter(name: str, annotation: Any, default: Any, declared: Any) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=Annotated[annotation, declared])


def _kinds(annotation: Any) -> set[Any]:
    """The plain types within an annotation, through unions, containers and Annotated."""
    inner = {kind for item in get_args(annotation) for kind in _kinds(item)}
    return inner | {get_origin(annotation) or annotation}


def _metavar(name: str, kinds: set[Any]) -> str:
    """What stands for the value in the help: the quantity's own word, a number, or the option's last word.

    A mark beside the type has the last word on what its text looks like.
    """
    words = {kind: kind.metavar for kind in kinds if isinstance(getattr(kind, "metavar", None), str)}
    marked = [word for kind, word in words.items() if not isinstance(kind, type)]
    if not words and kinds & {int, float}:
        return "NUMBER"
    return "|".join(marked or sorted(words.values())) or name.rpartition("_")[2].upper()


def _default_text(field: FieldInfo) -> str:
    """The default as the help shows it; none where the field stands for itself when absent."""
    if field.default in (None, (), [], PydanticUndefined):
        return ""
    default = field.default if isinstance(field.default, list | tuple) else [field.default]
    return f" [default: {', '.join(map(str, default))}]"


def _completion(field: FieldInfo) -> Callable[[str], list[str]] | None:
    kind = next((mark.kind for mark in field.metadata if isinstance(mark, Completes)), None)
    if kind is None:
        return None

    def complete(incomplete: str) -> list[str]:
        from scalecalc import commands, tables

        known = commands.names() if kind == "command" else tables.names(kind)
        count, start = re.fullmatch(r"([0-9]+[x*])?(.*)", incomplete, re.DOTALL).groups("")  # type: ignore[union-attr]
        return [f"{count}{name}" for name in known if name.startswith(start.lower())]

    return complete


def _output(annotation: Any, default: Any, *options: str, text: str) -> inspect.Parameter:
    metavar = "" if annotation is bool else options[0].strip("-").upper()
    declared = typer.Option(
        *options, help=text, metavar=metavar, rich_help_panel="Output", show_default=False
    )
    return _parameter(f"{options[0].lstrip('-')}_", annotation, default, declared)


def _show_help(context: typer.Context, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        typer.echo(context.get_help())
        raise typer.Exit


HELP = typer.Option(
    "--help", "-h", help="Show this message and exit.", metavar="", is_eager=True, callback=_show_help
)

OUTPUT = [
    _output(bool, False, "--json", text="Print one JSON object; short for --format json."),
    _output(Format, Format.TABLE, "--format", text=f"{', '.join(Format)}; table by default."),
    _output(Path | None, None, "--output", "-o", text="Write to this file, whole or not at all."),
    _output(bool, False, "--strict", text="Exit with 4 if the answer carries a warning."),
    _output(bool, False, "--debug", text="Show the traceback of a bug."),
    _parameter("help_", bool, False, HELP),
]
