"""The site of the documentation, built once for all tests, in a folder of its own."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]

PATIENCE = 300
"""Seconds in which a build must be done, on whatever machine."""


@pytest.fixture(scope="session")
def site(tmp_path_factory, request):
    """The folder of the built site; the processes of a test run share one."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if hasattr(request.config, "workerinput") else own
    project, told = shared / "project", shared / "sphinx.log"
    try:
        project.mkdir()
    except FileExistsError:
        wait_for(told)
    else:
        build(project, told)
    said = told.read_text()
    assert not said, f"sphinx-build -W:\n{said}"
    return project / "site"


def build(project, told):
    """Build from a copy, since a build writes pages beside those that it reads."""
    shutil.copytree(
        PROJECT / "docs", project / "docs", ignore=shutil.ignore_patterns("generated", "__pycache__")
    )
    for path in ("CHANGELOG.md", "data/README.md"):
        (project / path).parent.mkdir(exist_ok=True)
        shutil.copy(PROJECT / path, project / path)
    words = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "docs", "site"]
    done = subprocess.run(words, cwd=project, capture_output=True, text=True, timeout=PATIENCE, check=False)
    failure = (done.stderr or f"exit code {done.returncode}") if done.returncode else ""
    part = told.with_suffix(".part")
    part.write_text(failure)
    part.rename(told)


def wait_for(told):
    limit = time.monotonic() + PATIENCE
    while not told.exists():
        assert time.monotonic() < limit, "no site was built by the other process"
        time.sleep(0.1)
