"""Files that appear whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TextIO

from scalecalc.problem import Problem


def written_whole(path: Path) -> AbstractContextManager[TextIO]:
    """The stream to write a file with; a device or a named pipe is written to as it is.

    A path that cannot be written is a `Problem`.
    """
    with _refused_path_told(path):
        place = path.resolve()
        if place.exists() and not (place.is_file() or place.is_dir()):
            return place.open("w", encoding="utf-8", newline="")
    return _whole_file(path, place)


@contextmanager
def _whole_file(path: Path, place: Path) -> Iterator[TextIO]:
    """A file that is written beside its place and moved there when it is complete.

    An interrupted command so leaves an old file as it was; a new one takes over the old one's mode.
    """
    with _refused_path_told(path):
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=".scalecalc-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            yield out
        with _refused_path_told(path):
            draft.chmod(place.stat().st_mode & 0o777 if place.exists() else 0o666 & ~_umask())
            draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _refused_path_told(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:  # the last one for links that go in a circle
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Problem(
            "output", f"cannot write {str(path)!r}: {reason}", "name a file in a folder that exists"
        ) from error


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
