"""Files that appear whole or not at all."""

import os
import stat
import threading

import pytest

from scalecalc.files import written_whole
from scalecalc.problem import Problem


def written(path, text="new"):
    with written_whole(path) as out:
        out.write(text)


def test_new_file_holds_what_was_written(tmp_path):
    written(tmp_path / "law.json", "a\nb\n")
    assert (tmp_path / "law.json").read_bytes() == b"a\nb\n"
    assert [path.name for path in tmp_path.iterdir()] == ["law.json"]


def interrupted(path, interruption):
    with written_whole(path) as out:
        out.write("half")
        raise interruption


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ValueError])
def test_interrupted_file_leaves_the_old_one_and_no_draft(interruption, tmp_path):
    path = tmp_path / "law.json"
    path.write_text("old")
    with pytest.raises(interruption):
        interrupted(path, interruption)
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["law.json"]


def test_nothing_stands_there_before_the_end(tmp_path):
    path = tmp_path / "law.json"
    with written_whole(path) as out:
        out.write("all of it")
        assert not path.exists()
    assert path.read_text() == "all of it"


def test_mode_of_the_old_file_is_kept(tmp_path):
    path = tmp_path / "law.json"
    path.write_text("old")
    path.chmod(0o640)
    written(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_mode_of_a_new_file_follows_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        written(tmp_path / "law.json")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "law.json").stat().st_mode) == 0o640


def test_link_is_followed_not_replaced(tmp_path):
    path, link = tmp_path / "law.json", tmp_path / "link.json"
    link.symlink_to(path)
    written(link)
    assert link.is_symlink()
    assert path.read_text() == "new"


def test_named_pipe_is_written_to_as_it_is(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    heard = []
    reader = threading.Thread(target=lambda: heard.append(path.read_text()))
    reader.start()
    written(path)
    reader.join(timeout=10)
    assert heard == ["new"]
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.parametrize("place", ["nowhere/law.json", "folder", "\0.json", "n" * 300, "circle"])
def test_place_that_cannot_be_written_is_a_problem(place, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(Problem, match="cannot write"):
        written(tmp_path / place)
