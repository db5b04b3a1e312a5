"""A text or token file as a training split and a held-out one."""

import sys
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import shown

Tokenize = Literal["words", "characters", "bytes", "integers"]

LARGEST_FILE = 200_000_000
"""Bytes; words of such a file take some 3 GB."""

LONGEST_PATH = 120
"""Characters of a path that a message repeats, those at its end."""

LONGEST_ID = 18
"""Digits of a token of a token file."""


@dataclass(frozen=True, slots=True)
class Split:
    """A text cut in two: the tokens before the cut and after it, and the bytes after it.

    `held_out_bytes` is None for a token file, which does not say how much text it was.
    """

    train: Sequence[Hashable]
    held_out: Sequence[Hashable]
    held_out_bytes: int | None


def split_of(path: str, tokenize: Tokenize, held_out: float) -> Split:
    """The last share of the file's tokens held out; at least one on either side, two to train on."""
    name = "standard input" if path == "-" else path
    data = _bytes(path, name)
    if tokenize == "bytes":
        held = _held_out(len(data), held_out, name, "bytes")
        return Split(data[:-held], data[-held:], held)
    text = _decoded(data, name)
    if tokenize == "characters":
        held = _held_out(len(text), held_out, name, "characters")
        return Split(text[:-held], text[-held:], len(text[-held:].encode()))
    words = [sys.intern(word) for line in text.splitlines() for word in line.split()]
    if tokenize == "integers":
        numbers = _integers(words, text, name)
        held = _held_out(len(numbers), held_out, name, "tokens")
        return Split(numbers[:-held], numbers[-held:], None)
    held = _held_out(len(words), held_out, name, "words")
    # What stands before the held-out words, so that white space is counted with the word behind it.
    head = text.rsplit(maxsplit=held)[0]
    return Split(words[:-held], words[-held:], len(text[len(head) :].encode()))


def _held_out(tokens: int, share: float, name: str, kind: str) -> int:
    held = round(tokens * share)
    if held < 1 or tokens - held < 2:
        message = f"{tokens} {kind} leave {tokens - held} to train on and {held} held out"
        hint = "give a longer text, or another share: --held-out 20%"
        raise _bad(name, None, message, hint)
    return held


def _bytes(path: str, name: str) -> bytes:
    """The bytes of the file, or of standard input."""
    try:
        if path == "-":
            data = _standard_input(name)
        else:
            with Path(path).open("rb") as file:
                data = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        hint = "name a text file, or - for standard input"
        raise _bad(name, None, f"cannot be read: {reason}", hint) from None
    if len(data) > LARGEST_FILE:
        message = f"larger than {LARGEST_FILE // 10**6} MB"
        raise _bad(name, None, message, "a part of it is baseline enough: `head -c 100000000`")
    if not data.strip():
        raise _bad(name, None, "empty", "name a file that holds text")
    return data


def _standard_input(name: str) -> bytes:
    """Standard input; a stream of text that a caller put in its place is taken as UTF-8."""
    if sys.stdin is None:
        raise _bad(name, None, "closed", "pipe a text into the command")
    buffer = getattr(sys.stdin, "buffer", None)
    data: bytes = buffer.read(LARGEST_FILE + 1) if buffer else sys.stdin.read().encode()
    return data


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        hint = "save it as UTF-8, or count its bytes: --tokenize bytes"
        raise _bad(name, line, f"byte {data[error.start]:#04x} is not UTF-8", hint) from None


def _integers(words: list[str], text: str, name: str) -> list[int]:
    """The tokens as numbers; the first word that is none is told with its line."""
    if all(map(_is_token, words)):
        return list(map(int, words))
    lines = enumerate(text.splitlines(), start=1)
    line, word = next((line, word) for line, of in lines for word in of.split() if not _is_token(word))
    hint = "a token file holds whole numbers from 0 with white space between them; texts: --tokenize words"
    raise _bad(name, line, f"{shown(word)} is no token", hint)


def _is_token(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) <= LONGEST_ID


def _bad(name: str, line: int | None, message: str, hint: str) -> Problem:
    """A problem of the file, named by it and the line."""
    told = name if len(name) <= LONGEST_PATH else f"...{name[3 - LONGEST_PATH :]}"
    where = f"{told}, line {line}" if line else told
    return Problem("data", f"{where}: {message}", hint, ExitCode.BAD_DATA)
