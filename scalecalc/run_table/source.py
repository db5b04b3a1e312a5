"""From the name of a file, or standard input, to its cells; the format is found by ending and first sign."""

import hashlib
import re
import stat
import sys
from pathlib import Path

from scalecalc.run_table.cells import Cells, bad
from scalecalc.run_table.delimited import delimited_cells
from scalecalc.run_table.json_lines import json_lines_cells

LARGEST_FILE = 200_000_000
"""Bytes; four million runs. A table of runs is never so large, a wrong file may be."""

STANDARD_INPUT = "-"


def cells_of(path: str) -> Cells:
    """The cells of a file, or of standard input for `-`; CSV unless it is known for something else.

    A FileNotFoundError is left to the caller, who knows what else the name could have meant.
    """
    if path.lower().endswith((".parquet", ".pq")):
        from scalecalc.run_table.parquet import parquet_cells

        return parquet_cells(path)
    name = "standard input" if path == STANDARD_INPUT else path
    data = _bytes(path, name)
    _refuse_binary(data, name)
    fingerprint = hashlib.sha256(data).hexdigest()
    start = data[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()
    if path.lower().endswith((".jsonl", ".ndjson")) or start[:1] == b"{":
        return json_lines_cells(data, name, fingerprint)
    if re.match(rb"\[\s*([{\[\]]|$)", start):
        raise bad(
            name, None, "a JSON array, not JSON Lines", "write one object per line, as `jq -c .[]` does"
        )
    return delimited_cells(data, name, fingerprint)


def _bytes(path: str, name: str) -> bytes:
    """The bytes, at most so many; a regular file is judged by its size before it is read."""
    try:
        if path == STANDARD_INPUT:
            data = _standard_input(name)
        else:
            with Path(path).open("rb") as file:
                status = Path(path).stat()
                if stat.S_ISREG(status.st_mode) and status.st_size > LARGEST_FILE:
                    raise _too_large(name)
                data = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        hint = "name a CSV, JSON Lines or Parquet file"
        raise bad(name, None, f"cannot be read: {reason}", hint) from error
    if len(data) > LARGEST_FILE:
        raise _too_large(name)
    return data


def _standard_input(name: str) -> bytes:
    """All of standard input; a stream of text that a caller put in its place is taken as UTF-8."""
    if sys.stdin is None:
        raise bad(name, None, "closed", "pipe a table into the command")
    buffer = getattr(sys.stdin, "buffer", None)
    data: bytes = buffer.read(LARGEST_FILE + 1) if buffer else sys.stdin.read().encode()
    return data


def _too_large(name: str) -> Exception:
    message = f"larger than {LARGEST_FILE // 10**6} MB"
    return bad(name, None, message, "name a table of runs, one row per run; thin out a log of checkpoints")


def _refuse_binary(data: bytes, name: str) -> None:
    hint = "save the table as CSV in UTF-8"
    place = data.find(b"\0")
    if place >= 0:
        line = data.count(b"\n", 0, place) + 1
        raise bad(name, line, "not a text file: it holds zero bytes", hint)
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise bad(name, line, f"byte {data[error.start]:#04x} is not UTF-8", hint) from None
