"""Which walls are enough: the chain from all of them to a refusal, and what doctor says of it."""

import time

import pytest

from autograder import doctor, gate
from autograder.sandbox import Sandbox, SandboxError
from autograder.sandbox.client import KIT, bwrap_works

SECRET = f"{KIT}/exercises/__init__.py"
READS = [["file", 1, f"def reads():\n    return open({SECRET!r}).read()[:40]"]]
needs_bwrap = pytest.mark.skipif(not bwrap_works(), reason="no namespaces may be made here")


def read_in(sandbox):
    """What a worker says when it reads a hidden file."""
    with sandbox.worker() as worker:
        worker.load(READS, ["reads"], {}, 5.0)
        (answer,) = worker.ask("reads", [("call", ())], 5.0)
    return answer


@needs_bwrap
def test_all_walls_stand_where_they_can():
    """bubblewrap is used where it works, around the inner walls."""
    with Sandbox() as sandbox:
        assert "bwrap + landlock + seccomp + limits" == str(sandbox.walls)
        assert "FileNotFoundError" == read_in(sandbox).error


def test_the_inner_walls_alone_are_enough():
    """In a container that may make no namespaces, Landlock keeps files away."""
    with Sandbox(bwrap=False) as sandbox:
        assert "landlock + seccomp + limits" == str(sandbox.walls)
        assert "PermissionError" == read_in(sandbox).error


@needs_bwrap
def test_bwrap_and_seccomp_are_enough_without_landlock():
    """On an older kernel, bubblewrap shows no file of ours."""
    with Sandbox(bwrap=True, landlock=False) as sandbox:
        assert "bwrap + seccomp + limits" == str(sandbox.walls)
        assert "FileNotFoundError" == read_in(sandbox).error
        assert sandbox.exposes(SECRET) is None


@pytest.mark.parametrize(
    "left_out",
    [{"bwrap": False, "landlock": False}, {"seccomp": False}, {"limits": False}],
    ids=lambda walls: ", ".join(walls),
)
def test_less_is_refused_with_a_sentence(left_out):
    """It says what was found, what to install, and how to go on all the same."""
    with pytest.raises(
        SandboxError, match=r"do not stand here .*: install bubblewrap and libseccomp .*--unsafe"
    ):
        Sandbox(**left_out)


def test_unsafe_goes_on_without_walls():
    """Explicitly, and the walls that are left say so."""
    with Sandbox(bwrap=False, landlock=False, seccomp=False, limits=False, unsafe=True) as sandbox:
        assert "none" == str(sandbox.walls)
        assert '"""The hidden part' in read_in(sandbox)
        assert "/" == sandbox.exposes(SECRET)


def test_other_systems_are_told_what_to_use(monkeypatch):
    """A worker needs Linux: one sentence, no traceback."""
    monkeypatch.setattr("autograder.sandbox.client.sys.platform", "darwin")

    with pytest.raises(SandboxError, match="workers need Linux: grade in a Linux machine or container"):
        Sandbox()


def test_hidden_checks_among_the_libraries_are_refused(judges, monkeypatch):
    """A kit that lies where a worker can read grades nobody."""
    judge = judges["vectorization"]
    monkeypatch.setattr(judge.sandbox, "readable", (KIT,))
    monkeypatch.setattr(
        type(judge.sandbox), "exposes", lambda self, path: KIT if path.startswith(KIT) else None
    )

    with pytest.raises(SandboxError, match=f"student code can read .*, since it lies in {KIT}"):
        gate.check_walls(judge, [])


def test_doctor_fails_where_grading_would_refuse(monkeypatch):
    """Each wall is tried alone; without enough of them the verdict is a refusal."""
    real = doctor.sandbox.Sandbox

    def weak(**options):
        return real(**options) if options else real(bwrap=False, landlock=False)

    monkeypatch.setattr(doctor.sandbox, "Sandbox", weak)
    found = doctor.examine()

    assert not found.safe
    assert "Grading refuses to start: the walls around student code do not stand here" in found.text()
    assert {"limits", "seccomp", "landlock", "bwrap"} == {wall.name for wall in found.walls}


def test_a_wall_that_stops_nothing_does_not_stand(monkeypatch):
    """doctor believes what a probe did, not what the kernel claims."""
    monkeypatch.setitem(doctor.PROBES, "limits", "def probe():\n    return 'took 2 GiB of memory'\n")

    wall = doctor._tried("limits")

    assert not wall.stands
    assert "tried it: the probe took 2 GiB of memory" == wall.seen


def test_memory_is_bounded_as_asked():
    """--memory is each worker's bound; one per core makes the sum."""
    take = [["file", 1, "def take(n):\n    return len(bytearray(n << 20))"]]
    with Sandbox(memory=600 << 20) as sandbox, sandbox.worker() as worker:
        worker.load(take, ["take"], {}, 5.0)
        small, large = worker.ask("take", [("call", (100,)), ("call", (700,))], 5.0)

    assert 100 << 20 == small
    assert "MemoryError" == large.error


def test_a_dead_zygote_is_replaced_and_the_submission_judged(judges):
    """The submission in hand is tried once more, by a new sandbox."""
    judge = judges["vectorization"]
    judge.sandbox.process.kill()
    judge.sandbox.process.wait()
    started = time.monotonic()

    report = judge.judge(gate.reference("vectorization"))

    assert report.max_score == report.score
    assert time.monotonic() - started < 120
