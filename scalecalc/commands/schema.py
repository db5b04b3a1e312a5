"""The JSON Schema of what a command reads and writes."""

from inspect import cleandoc
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter, create_model

from scalecalc import commands, tables
from scalecalc.commands import Command
from scalecalc.result import SCHEMA_VERSION, Completes, Inputs, Note, Positional, Result, Row

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class SchemaInputs(Inputs):
    """Print the JSON Schema of a command's input and output, or list the commands.

    `input` is what the options and the Python call accept, `output` the object that --json prints, `problem`
    the object it prints on failure, and `row` a line of --format jsonl if that is not the
    `result` of the output.
    """

    group: ClassVar[str] = "Look up"
    examples: ClassVar[tuple[str, ...]] = (
        "schema optimal",
        "schema optimal | jq .output.properties.result",
        "schema",
    )

    command: Annotated[list[str], Positional(), Completes("command")] = Field(
        [], description="The command, e.g. optimal. Without one, the commands are listed."
    )


class Purpose(Row):
    """A command and what it is for."""

    command: str
    purpose: str


class SchemaResult(Result):
    """The schemas of one command (JSON Schema, draft 2020-12), or the list of commands."""

    command: str | None
    input: dict[str, Any] | None = Field(None, description="Of what the command is asked.")
    output: dict[str, Any] | None = Field(None, description="Of the object that --json prints.")
    problem: dict[str, Any] | None = Field(None, description="Of the object that --json prints on failure.")
    row: dict[str, Any] | None = Field(
        None, description="Of a line of --format jsonl; null where that is the `result` of the output."
    )
    listed: tuple[Purpose, ...] = Field(
        (), title="commands", description="All commands, where none is named."
    )

    def headline(self) -> str:
        """How to go on from the list."""
        return "`scalecalc schema COMMAND` prints the schemas of one of these commands"

    def records(self) -> tuple["SchemaResult | Purpose", ...]:
        """The list of commands, or the schemas in one row."""
        return self.listed or (self,)

    def document(self) -> dict[str, Any] | None:
        """The schemas under what they are of; None for the list of commands."""
        if self.command is None:
            return None
        return self.model_dump(exclude={"listed"}, exclude_none=True)


def schema(inputs: SchemaInputs) -> SchemaResult:
    """The schemas of the named command, or the list of all commands."""
    name = " ".join(inputs.command)
    if not name:
        listed = tuple(_purpose(commands.command(name)) for name in commands.names())
        return SchemaResult(command=None, listed=listed)
    if name not in commands.names():
        raise tables.unknown("command", name, commands.names(), "`scalecalc schema` lists them all")
    command = commands.command(name)
    return SchemaResult(
        command=command.name,
        input={"$schema": DIALECT, **command.inputs.model_json_schema(mode="validation")},
        output=_envelope_schema(
            command.name,
            inputs=command.inputs,
            result=command.result,
            assumptions=tuple[str, ...],
            notes=tuple[Note, ...],
            sources=tuple[str, ...],
        ),
        problem=_envelope_schema(command.name, problem=_told_problem()),
        row=_row_schema(command),
    )


def _purpose(command: Command) -> Purpose:
    purpose, _, _ = cleandoc(command.inputs.__doc__ or "").partition("\n\n")
    return Purpose(command=command.name, purpose=" ".join(purpose.split()))


def _envelope_schema(command: str, **parts: Any) -> dict[str, Any]:
    """The schema of a document that --json prints: who wrote it, the command's name, and these parts."""
    version: Any = Field(alias="schema", json_schema_extra={"const": SCHEMA_VERSION})
    stamp: Any = _closed("Stamp", version=str, schema_=Annotated[int, version])
    named: Any = Literal.__getitem__(command)
    document = _closed("Document", scalecalc=stamp, command=named, **parts)
    return {"$schema": DIALECT, **document.model_json_schema(mode="serialization")}


def _told_problem() -> Any:
    return _closed("Problem", code=str, message=str, hint=str)


def _row_schema(command: Command) -> dict[str, Any] | None:
    """The schema of a row as the result's class declares it; None where the row is the result itself."""
    kind = command.result.record_kind()
    if kind is command.result:
        return None
    return {"$schema": DIALECT, **TypeAdapter(kind).json_schema(mode="serialization")}


def _closed(title: str, **kinds: Any) -> Any:
    """A model of exactly these fields, none of which may be absent."""
    declared: Any = {name: (kind, ...) for name, kind in kinds.items()}
    return create_model(title, __config__=ConfigDict(extra="forbid"), **declared)
