"""A model's config.json on disk: what it describes, and what to call it."""

import json
from pathlib import Path, PurePosixPath

from scalecalc.compute.config import Architecture, read_config
from scalecalc.problem import ExitCode, Problem

_LONGEST_NAME = 80

_DIGITS = 30
"""Digits of the largest number that is read as it is; longer ones are no size of a model."""


def config_path(text: str) -> Path | None:
    """The config.json that a text names, by itself or by its folder; None where it names a model."""
    path = Path(text)
    if path.suffix.lower() == ".json":
        return path
    if (text.startswith(".") or "/" in text) and path.is_dir():
        return path / "config.json"
    return None


def read_model_file(path: Path) -> tuple[str, Architecture]:
    """The name and the architecture of a config.json; what is wrong is told with the file and the key."""
    try:
        config = _json_object(path.read_text(encoding="utf-8-sig"))
        found = read_config(config)
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        hint = "give the config.json that is published with a model, or its sizes by flags"
        raise Problem("model-file", f"{path}: {reason}", hint, ExitCode.BAD_DATA) from error
    return _name(config.get("_name_or_path"), path) or found.model_type, found


def _json_object(text: str) -> dict[str, object]:
    config = json.loads(text, parse_int=_whole_number)
    if not isinstance(config, dict):
        kind = {list: "a list", str: "a text", type(None): "null"}.get(type(config), "a value")
        raise ValueError(f"the file holds {kind}, no JSON object of keys and values")  # noqa: TRY004 - a wrong file
    return config


def _whole_number(digits: str) -> int | float:
    """Python refuses to read very long numbers, and says so in its own terms."""
    return int(digits) if len(digits) <= _DIGITS else float(digits)


def _name(told: object, path: Path) -> str:
    """The name in the file, the last part of a path on its author's disk; or else that of the folder."""
    if not (isinstance(told, str) and told.strip() and told.isprintable()):
        return path.parent.name
    name = PurePosixPath(told).name if told.startswith(("/", ".")) else told
    return name[:_LONGEST_NAME]
