"""The one way in which all commands grade: the same reports everywhere, and each of a class
once.
"""

import json
import os
import shutil
import sys
from dataclasses import replace
from functools import partial
from itertools import accumulate
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import numpy
import pytest
import torch
from cli_helpers import NAME, NEAR, POINTS, RIGHT, WRONG, without_times
from process_helpers import ran
from warm import judge_of

from autograder.errors import Message, SandboxError
from autograder.exercises.linear_regression.end_to_end import least_squares
from autograder.grading import executors, machine, provenance
from autograder.grading.session import Session, grade_class
from autograder.intake.submission import Submission
from autograder.judging.cases import cases_of
from autograder.judging.gate import BrokenGate
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
    return replace(report, seconds=0.0, timings={})


@pytest.fixture(scope="module")
def cases():
    return cases_of(NAME, PUBLIC_SEED)


def test_what_cannot_be_graded_fairly_is_refused_at_every_door(monkeypatch):
    """Before anything starts: where a worker could read the class, and where memory is too
    little.
    """
    folder = Path(numpy.__file__).parent
    with pytest.raises(
        SandboxError, match=f"Student code could read {folder}, because it is in"
    ):
        Session(NAME, Settings(), hidden=[folder])
    monkeypatch.setattr(machine, "memory_limits", lambda: iter([256 << 20]))
    with pytest.raises(SandboxError, match=r"^256 MiB of memory are not enough\. "):
        Session(NAME, Settings())


def test_judges_say_what_one_in_this_process_says():
    """The same reports; who cannot be read needs a person."""
    with Session(NAME, Settings(), jobs=2) as session:
        reports = {
            s.id: untimed(report) for s, report in session.reports(iter(SUBMISSIONS))
        }
        keys = [
            provenance.content_key(submission, session.facts)
            for submission in SUBMISSIONS
        ]
    with judge_of(NAME) as judge:
        assert reports == {s.id: untimed(judge.judge(s)) for s in SUBMISSIONS}
    assert {s.id for s in SUBMISSIONS} == reports.keys()
    assert {"right"} == {id for id, report in reports.items() if report.score == POINTS}
    assert ["notebook"] == [id for id, report in reports.items() if report.needs_review]
    assert len(SUBMISSIONS) == len(set(keys))


OPEN = executors.open_judge


def failing(*given):
    """In a process of its own: its judge fails."""
    judge = OPEN(*given)
    judge.checks = {}
    return judge


def test_the_reference_is_judged_first(monkeypatch, tmp_path):
    """A judge that fails opens no gate."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # no earlier run is remembered
    monkeypatch.setattr(executors, "open_judge", failing)
    with pytest.raises(
        BrokenGate, match=r"Nobody was graded. The reference .*KeyError: "
    ):
        Session(NAME, Settings())


def test_a_key_changes_with_all_that_a_result_depends_on(cases):
    """The submission, each fact of the run, and what else some command says; and with nothing
    else.
    """
    one = Submission("ann", "ann.py", RIGHT)
    facts = provenance.facts(cases, Settings())
    names = "settings settings_digest cases checks kit torch hypothesis numpy"
    assert names.split() == list(facts)
    changes = (
        {"text": RIGHT + "\n"},
        {"text": "\ud800"},
        {"suffix": ".ipynb"},
        {"problem": Message("is empty. Export it again.")},
    )
    keys = [provenance.content_key(replace(one, **change), facts) for change in changes]
    keys.append(
        provenance.content_key(replace(one, flags=(Message("has two files"),)), facts)
    )
    keys += [provenance.content_key(one, facts | {name: "another"}) for name in facts]
    keys += [
        provenance.content_key(one, facts, "rules"),
        provenance.content_key(one, facts, "ru", "les"),
    ]
    keys += [
        provenance.content_key(one, provenance.facts(cases, chosen))
        for chosen in (
            Settings(memory=4096),
            Settings(shrink_tries=0),
            Settings(unsafe=True),
        )
    ]
    keys.append(provenance.content_key(one, facts))
    assert len(keys) == len(set(keys))
    assert keys[-1] == provenance.content_key(
        replace(one, id="bo", file="bo.py"), dict(facts)
    )


def test_a_class_is_taken_as_there_is_room_and_what_is_known_is_skipped():
    """No more than a few are in memory; each that is new is added once, and each is told of."""
    ids = [f"s{number:02}" for number in range(12)]
    known, new = ids[3:9], [*ids[:3], *ids[9:]]
    some = Mock(
        key_parts=("rules",)
    )  # a ledger, who is told, and what files are asked, in order
    some.is_up_to_date.side_effect = lambda id, key: id in known
    some.opened.side_effect = lambda id: Submission(id, f"{id}.py", f"{RIGHT}# {id}\n")
    files = [
        SimpleNamespace(id=id, open=partial(some.opened, id), needs_review=False)
        for id in ids
    ]
    opening = partial(Session, NAME, Settings(), 1)
    grade_class(files, some, NAME, Settings(), opening, some.done)

    assert "write" == some.mock_calls[-1][0]
    calls = [(name, *args) for name, args, _ in some.mock_calls[:-1]]
    opened, done = (
        sorted(id for name, id, *_ in calls if name == what)
        for what in ("opened", "done")
    )
    assert (sorted([*ids, *new]), ids) == (
        opened,
        done,
    )  # what is new is read again when a judge is free
    assert known == [
        id for name, id, *report in calls if name == "done" and report == [None]
    ]
    facts, keys = (
        some.open.call_args[0][0],
        dict(each.args for each in some.is_up_to_date.call_args_list),
    )
    added = [each.args for each in some.add.call_args_list]
    assert new == sorted(report.id for report, *_ in added)
    assert [(file.id, keys[file.id], POINTS) for *_, file in added] == [
        (r.id, key, r.score) for r, key, _ in added
    ]
    del facts["layers"]
    assert {
        file.id: provenance.content_key(file.open(), facts, "rules") for file in files
    } == keys
    changes = (
        (name == "opened") - (name in ("add", "is_up_to_date")) for name, *_ in calls
    )
    assert max(accumulate(changes)) <= 3 * 1 + 1

    some.reset_mock()
    closed = partial(opening, hidden=[Path(numpy.__file__).parent])
    with pytest.raises(SandboxError, match="Student code could read"):
        grade_class(files, some, NAME, Settings(), closed)
    assert {"opened", "is_up_to_date", "keep"} == {name for name, *_ in some.mock_calls}


GIB = 1 << 30
# As the kernel shows the groups of a process, and their files: by version 1 and 2, and
# inside a container.
PLACES = {
    "version 1": (
        "5:memory:/a/b\n4:cpu,cpuacct:/a/b\n",
        {
            "cpu/a/cpu.cfs_quota_us": "150000",
            "cpu/a/cpu.cfs_period_us": "100000",
            "cpu/a/b/cpu.cfs_quota_us": "-1",
            "memory/a/b/memory.limit_in_bytes": str(GIB),
        },
    ),
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

    def make(groups: str, files: dict[str, str]):
        for name, text in files.items():
            (path := tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{text}\n")
        (tmp_path / "own").write_text(groups)
        monkeypatch.setattr(machine, "ROOT", tmp_path / "root")
        monkeypatch.setattr(machine, "OWN", Path(tmp_path / "own"))
        monkeypatch.setattr("os.sched_getaffinity", lambda pid: {*range(8)})

    return make


@pytest.mark.parametrize("name", PLACES)
def test_a_share_of_time_and_a_limit_of_memory_count(place, monkeypatch, name):
    """Of the own group and of all above it; 1.5 cores are two, and 1 GiB is one judge."""
    place(*PLACES[name])
    assert (2, GIB, 1) == (machine.cores(), machine.memory(), machine.judges())
    monkeypatch.setattr(machine, "memory", lambda: 64 * GIB)
    assert (2, 3) == (
        machine.judges(),
        machine.judges(3),
    )  # whoever says how many has so many


@pytest.mark.parametrize(
    ("mib", "for_gpus", "words"),
    [
        ("max", True, ""),
        (720, False, ""),
        (
            719,
            False,
            "719 MiB of memory are not enough. One judge needs at least 720 MiB",
        ),
        (1279, True, "One judge needs at least 1280 MiB"),
    ],
)
def test_too_little_memory_is_told_before_anything_starts(
    place, monkeypatch, mib, for_gpus, words
):
    """By doctor as by grading: judges would be killed again and again, and their students need
    a person.
    """
    place("0::/\n", {"memory.max": mib if mib == "max" else str(mib << 20)})
    monkeypatch.setattr(machine, "gpu_libraries", lambda: machine.FOR_GPUS * for_gpus)
    assert words in machine.shortage()
    assert bool(words) == bool(machine.shortage())


HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def submissions(tmp_path_factory):
    """6 submissions of an assignment, loose files named by student, in a folder of its name."""
    folder = tmp_path_factory.mktemp("class") / "linear_regression"
    folder.mkdir()
    right, wrong = (
        sorted((HERE / f"{kind}_answers" / folder.name).iterdir())
        for kind in ("right", "wrong")
    )
    for path in [*right[:2], *wrong[:: len(wrong) // 4][:4]]:
        shutil.copy(path, folder / path.name)
    assert 6 == len(list(folder.iterdir()))
    return folder


def graded(submissions, out, *options, cwd="/", before="", **variables):
    """results.json of a run in a process of its own, without what may differ."""
    code = f"{before}\nfrom autograder import cli\ncli.main()"
    command = [
        sys.executable,
        "-c",
        code,
        "grade",
        str(submissions),
        "--assignment",
        submissions.name,
    ]
    environment = {**os.environ, "COLUMNS": "80", **variables}
    done = ran(*command, "--out", out, *options, cwd=cwd, env=environment)
    assert (0, "") == (done.returncode, done.stderr)
    return json.dumps(without_times(out, "figures"))


@pytest.mark.exhaustive
def test_a_second_run_by_two_judges_from_elsewhere_finds_the_same(
    submissions, tmp_path
):
    """Nothing depends on the run, on who was judged before, on the folder, or on what is loaded."""
    (tmp_path / "local_module.py").write_text("NUMBERS = [123456, 7.25, -99, 31337]\n")
    before = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import local_module, "
        f"pytest, decimal"
    )

    anew = {
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "CI": "true",
        "PYTHONHASHSEED": "7",
    }

    # By what this user's cache holds: whichever test was the first drew its cases.
    assert graded(submissions, tmp_path / "first", "--jobs", "1") == graded(
        submissions,
        tmp_path / "out",
        "--jobs",
        "2",
        cwd=str(tmp_path),
        before=before,
        **anew,
    )
    assert not (tmp_path / ".hypothesis").exists()


def test_the_analytic_solution_is_the_same_bytes_wherever_memory_lies():
    """LAPACK's last bits, and the sign of a zero, differ from one place to another."""
    features = torch.randn(48, 2, generator=torch.Generator().manual_seed(1))
    kept, found = [], set()
    for number in range(50):
        kept.append(torch.zeros(7 * number + 1))
        for labels in (torch.zeros(48), features @ torch.tensor([0.0, 2.5])):
            w, b = least_squares(features, labels)
            found.add((bool(labels.any()), w.numpy().tobytes(), b.numpy().tobytes()))
            assert not torch.signbit(w).any()
    assert 2 == len(found)
