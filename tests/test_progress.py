"""Progress is told to whoever listens, and costs nothing where nobody does."""

from scalecalc.commands import call
from scalecalc.progress import LISTENER, report


def test_nobody_needs_to_listen():
    assert report("bootstrap", 1, 2) is None


def test_listener_hears_work_and_steps():
    heard = []
    token = LISTENER.set(lambda *told: heard.append(told))
    try:
        report("bootstrap", 64, 4000)
    finally:
        LISTENER.reset(token)
    report("bootstrap", 128, 4000)
    assert heard == [("bootstrap", 64, 4000)]


def test_resampling_reports_up_to_its_end():
    heard = []
    token = LISTENER.set(lambda *told: heard.append(told))
    try:
        call("fit", runs="chinchilla", ci="bootstrap", resamples=300)
    finally:
        LISTENER.reset(token)
    assert [work for work, _, _ in heard] == ["bootstrap"] * len(heard)
    done = [steps for _, steps, _ in heard]
    assert done == sorted(done)
    assert heard[-1] == ("bootstrap", 300, 300)
