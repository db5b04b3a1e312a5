"""What is built and installed elsewhere answers and finds its tables: a wheel, and a wheel of the sdist."""

import json
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

import scalecalc

ROOT = Path(__file__).parent.parent
TABLES = sorted(path.relative_to(ROOT / "data").as_posix() for path in (ROOT / "data").rglob("*.*"))

READS_EVERY_TABLE = """
import json
import scalecalc
from scalecalc import tables
found = sorted(path.relative_to(tables.folder()).as_posix() for path in tables.folder().rglob("*.*"))
rows = {name: len(list(tables.records(name))) for name in found if name.endswith(".csv")}
counts = [len(tables.laws()), len(tables.accelerators()), len(tables.models()), len(tables.utilizations())]
print(json.dumps({"found": found, "rows": rows, "counts": counts, "home": scalecalc.__file__}))
"""


def run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def built(kind, source, folder):
    """The wheel or sdist of a source tree, without fetching anything."""
    run(sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder), cwd=source)
    (artifact,) = folder.iterdir()
    return artifact


def installed(wheel, folder):
    """A fresh virtual environment that holds the wheel, and sees the dependencies of this one behind it."""
    run(sys.executable, "-m", "venv", "--without-pip", str(folder), cwd=folder.parent)
    python = folder / "bin" / "python"
    site = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    )
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    pip = (sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet")
    run(*pip, "--no-deps", "--no-index", "--force-reinstall", str(wheel), cwd=folder)
    return python


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    return built("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module", params=["checkout", "sdist"])
def wheel(request, tmp_path_factory):
    source = ROOT
    if request.param == "sdist":
        unpacked = tmp_path_factory.mktemp("unpacked")
        with tarfile.open(request.getfixturevalue("sdist")) as archive:
            archive.extractall(unpacked, filter="data")
        (source,) = unpacked.iterdir()
    return built("wheel", source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    return installed(wheel, tmp_path_factory.mktemp("elsewhere") / "environment")


def test_every_table_is_found_and_read_where_it_is_installed(python, tmp_path):
    told = json.loads(run(python, "-c", READS_EVERY_TABLE, cwd=tmp_path))
    assert Path(told["home"]).is_relative_to(python.parent.parent)
    assert told["found"] == TABLES
    assert min(told["rows"].values()) > 0
    assert min(told["counts"]) > 0


def test_the_console_script_answers(python, tmp_path):
    answer = json.loads(
        run(python.parent / "scalecalc", "optimal", "--flops", "1e23", "--json", cwd=tmp_path)
    )
    assert answer["scalecalc"]["version"] == scalecalc.__version__
    assert answer["result"]["params"] == pytest.approx(2.945e10, rel=5e-4)


def test_the_wheel_holds_the_program_its_data_and_its_types_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    version = scalecalc.__version__
    assert {name.split("/")[0] for name in names} == {"scalecalc", f"scalecalc-{version}.dist-info"}
    assert "scalecalc/py.typed" in names
    assert f"scalecalc-{version}.dist-info/licenses/LICENSE" in names
    assert [name for name in names if "__pycache__" in name or name.startswith("scalecalc/tests")] == []


def test_the_sdist_holds_what_the_tests_need(sdist):
    with tarfile.open(sdist) as archive:
        tops = {name.split("/", 2)[1] for name in archive.getnames() if "/" in name}
    assert {"scalecalc", "data", "tests", "pyproject.toml", "README.md", "LICENSE"} <= tops


def test_the_running_program_finds_its_tables_too():
    program = "from scalecalc import tables; print(tables.folder())"
    folder = Path(run(sys.executable, "-c", program, cwd=ROOT.parent).strip())
    assert (folder / "laws.toml").is_file()
