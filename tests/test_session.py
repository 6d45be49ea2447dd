"""The one way in which all commands grade: the same reports everywhere, and each of a class
once.
"""

from dataclasses import replace
from functools import partial
from itertools import accumulate
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import numpy
import pytest
import torch
from cli_helpers import NAME, NEAR, POINTS, RIGHT, WRONG
from warm import judge_of

from autograder.errors import Message, SandboxError
from autograder.exercises.linear_regression.end_to_end import least_squares
from autograder.grading import executors, machine, provenance
from autograder.grading.session import Session, grade_class
from autograder.intake.submission import Submission
from autograder.judging.cases import cases_of
from autograder.judging.gate import DeclarationError
from autograder.settings import PUBLIC_SEED, Settings

SUBMISSIONS = [
    Submission("right", "right.py", RIGHT),
    Submission("wrong", "wrong.py", WRONG),
    Submission("raises", "raises.py", WRONG.replace("None", "nowhere")),
    Submission("near", "near.py", NEAR, flags=(Message("has two files"),)),
    Submission("notebook", "notebook.ipynb", "[1, 2]", suffix=".ipynb"),
    Submission("none", "none.py", problem=Message("No file none.py")),
]


def untimed(report):
    return replace(report, timings={})


@pytest.fixture(scope="module")
def cases():
    return cases_of(NAME, PUBLIC_SEED)


def test_what_cannot_be_graded_fairly_is_refused_at_every_door(monkeypatch):
    """Before anything starts: where a worker could read the class, and where memory is too
    little.
    """
    folder = Path(numpy.__file__).parent
    with pytest.raises(
        SandboxError,
        match=f"Student code could read {folder}, because it is in",
    ):
        Session(NAME, Settings(), hidden=[folder])
    monkeypatch.setattr(machine, "memory_limit", lambda: 256 << 20)
    with pytest.raises(
        SandboxError, match=r"^256 MiB of memory are not enough\. "
    ):
        Session(NAME, Settings())


def test_judges_say_what_one_in_this_process_says():
    """The same reports; who cannot be read needs a person."""
    with Session(NAME, Settings(), jobs=2) as session:
        reports = {
            s.id: untimed(report)
            for s, report in session.reports(iter(SUBMISSIONS))
        }
        keys = [
            provenance.content_key(submission, session.facts)
            for submission in SUBMISSIONS
        ]
    with judge_of(NAME) as judge:
        assert {s.id: untimed(judge.judge(s)) for s in SUBMISSIONS} == reports
    assert reports.keys() == {s.id for s in SUBMISSIONS}
    assert {id for id, report in reports.items() if report.score == POINTS} == {
        "right"
    }
    assert [id for id, report in reports.items() if report.needs_review] == [
        "notebook"
    ]
    assert len(set(keys)) == len(SUBMISSIONS)


OPEN = executors.open_judge


def failing(*given):
    """In a process of its own: its judge fails."""
    judge = OPEN(*given)
    judge.runners = {}
    return judge


def test_the_reference_is_judged_first(monkeypatch, tmp_path):
    """A judge that fails opens no gate."""
    monkeypatch.setenv(
        "XDG_CACHE_HOME", str(tmp_path)
    )  # no earlier run is remembered
    monkeypatch.setattr(executors, "open_judge", failing)
    with pytest.raises(
        DeclarationError, match=r"Nobody was graded. The reference .*KeyError: "
    ):
        Session(NAME, Settings())


def test_a_key_changes_with_all_that_a_result_depends_on(cases):
    """The submission, each fact of the run, and what else a command adds; nothing else."""
    one = Submission("ann", "ann.py", RIGHT)
    facts = provenance.facts(cases, Settings())
    names = "settings settings_digest cases checks kit torch hypothesis numpy python"
    assert list(facts) == names.split()
    key = provenance.content_key
    changes = (
        {"text": "\ud800"},
        {"suffix": ".ipynb"},
        {"problem": Message("is empty.")},
        {"flags": (Message("a"),)},
    )
    keys = [key(replace(one, **change), facts) for change in changes]
    keys += [key(one, facts | {name: "another"}) for name in facts]
    keys += [
        key(one, facts, "rules"),
        key(one, facts, "ru", "les"),
        key(one, facts),
    ]
    for chosen in (Settings(memory=4096), Settings(unsafe=True)):
        keys.append(key(one, provenance.facts(cases, chosen)))
    assert len(set(keys)) == len(keys)
    assert key(replace(one, id="bo", file="bo.py"), dict(facts)) == key(
        one, facts
    )


def test_a_class_is_taken_as_there_is_room_and_what_is_known_is_skipped():
    """At most a few are in memory; each new one is added once, and each is reported."""
    ids = [f"s{number:02}" for number in range(12)]
    known = ids[3:9]
    new = [*ids[:3], *ids[9:]]
    ledger = Mock(key_parts=("rules",))
    ledger.is_up_to_date.side_effect = lambda id, key: id in known
    ledger.opened.side_effect = lambda id: Submission(
        id, f"{id}.py", f"{RIGHT}# {id}\n"
    )
    files = [
        SimpleNamespace(
            id=id, open=partial(ledger.opened, id), needs_review=False
        )
        for id in ids
    ]
    open_session = partial(Session, NAME, Settings(), 1)
    grade_class(files, ledger, NAME, Settings(), open_session, ledger.done)

    assert ledger.mock_calls[-1][0] == "write"
    added = [call.args[0] for call in ledger.add.call_args_list]
    assert {one.id: one.score for one in added} == dict.fromkeys(new, POINTS)
    done = {call.args[0]: call.args[1] for call in ledger.done.call_args_list}
    assert sorted(done) == ids
    assert sorted(id for id, report in done.items() if report is None) == known
    names = [name for name, *_ in ledger.mock_calls]
    held = (
        (name == "opened") - (name in ("add", "is_up_to_date"))
        for name in names
    )
    assert max(accumulate(held)) <= 3 * 1 + 1


GIB = 1 << 30
# As the kernel shows the groups of a process, and their files, also inside a container.
PLACES = {
    "version 2": (
        "0::/a/b\n",
        {
            "a/b/cpu.max": "150000 100000",
            "a/memory.max": str(GIB),
            "a/b/memory.max": "max",
        },
    ),
    "a container": (
        "0::/far/away\n",
        {"cpu.max": "150000 100000", "memory.max": str(GIB)},
    ),
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Makes the files of control groups, on a machine of eight cores."""

    def make(groups, files):
        for name, text in files.items():
            (path := tmp_path / "root" / name).parent.mkdir(
                parents=True, exist_ok=True
            )
            path.write_text(f"{text}\n")
        (tmp_path / "own").write_text(groups)
        monkeypatch.setattr(machine, "ROOT", tmp_path / "root")
        monkeypatch.setattr(machine, "CGROUP", Path(tmp_path / "own"))
        monkeypatch.setattr("os.sched_getaffinity", lambda pid: {*range(8)})

    return make


@pytest.mark.parametrize("name", PLACES)
def test_a_share_of_time_and_a_limit_of_memory_count(place, monkeypatch, name):
    """Of the own group and of all above it; 1.5 cores are two, and 1 GiB is one judge."""
    place(*PLACES[name])
    assert machine.cores() == 2
    assert machine.memory() == GIB
    assert machine.judges() == 1
    monkeypatch.setattr(machine, "memory", lambda: 64 * GIB)
    assert machine.judges() == 2
    assert machine.judges(3) == 3


@pytest.mark.parametrize(
    ("mib", "for_gpus", "words"),
    [
        (720, False, ""),
        (
            719,
            False,
            "719 MiB of memory are not enough. One judge needs at least 720",
        ),
        (1279, True, "One judge needs at least 1280 MiB"),
    ],
)
def test_too_little_memory_is_told_before_anything_starts(
    place, monkeypatch, mib, for_gpus, words
):
    """Judges would be killed again and again, and their students need review."""
    place("0::/\n", {"memory.max": str(mib << 20)})
    monkeypatch.setattr(
        machine, "gpu_libraries", lambda: machine.FOR_GPUS * for_gpus
    )
    assert words in machine.shortage()
    assert bool(machine.shortage()) == bool(words)


def test_the_analytic_solution_is_the_same_bytes_wherever_memory_lies():
    """LAPACK's last bits, and the sign of a zero, differ from one place to another."""
    features = torch.randn(48, 2, generator=torch.Generator().manual_seed(1))
    kept = []
    found = set()
    for number in range(50):
        kept.append(torch.zeros(7 * number + 1))
        w, b = least_squares(features, features @ torch.tensor([0.0, 2.5]))
        found.add((w.numpy().tobytes(), b.numpy().tobytes()))
        assert not torch.signbit(w).any()
    assert len(found) == 1
