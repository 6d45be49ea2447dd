"""The one way in which all commands grade: the same reports everywhere, and each of a class once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import accumulate
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import numpy
import pytest
from warm import judge_of

from autograder import exercises
from autograder.errors import SandboxError
from autograder.grading import executors, machine, provenance
from autograder.grading.session import Session, grade_class, not_graded, with_answers
from autograder.intake.submission import Submission, SubmittedFile
from autograder.judging.cases import cases_of
from autograder.judging.gate import BrokenGate
from autograder.results import Outcome, Report, Result
from autograder.settings import PUBLIC_SEED, Settings

NAME = "vectorization"
RIGHT = "import torch\n" + exercises.of(NAME)[0].right_source
SUBMISSIONS = [
    Submission("right", "right.py", RIGHT),
    Submission("wrong", "wrong.py", "def vector_add(a, b):\n    return a - b\n"),
    Submission("raises", "raises.py", "def vector_add(a, b):\n    return a + c\n"),
    Submission("near", "near.py", "def vectoradd(a, b):\n    return a + b\n", flags=("has two files",)),
    Submission("notebook", "notebook.ipynb", "[1, 2]", suffix=".ipynb"),
    Submission("none", "none.py", problem="No file none.py"),
]


def without_times(report):
    return replace(report, seconds=0.0, timings={})


@pytest.fixture(scope="module")
def cases():
    return cases_of(NAME, PUBLIC_SEED)


@pytest.mark.parametrize(
    ("text", "suffix", "beside", "outcome"),
    [
        ("def sgd(): pass\n", ".py", "{", Outcome.NOT_READ),
        ("def sgd(): pass\n", ".py", '{"cells": 1}', Outcome.NOT_READ),
        ("def sgd(): pass\n", ".py", "", Outcome.MISSING),
        ("{", ".ipynb", "", Outcome.ERROR),
    ],
)
def test_an_answer_that_cannot_be_read_is_no_zero(text, suffix, beside, outcome):
    """In words, beside a program that counts; but where what counts cannot be read, that is the reason."""
    lost = Result("sgd", "moves", "moves", 1, 0, Outcome.ERROR, "it failed")
    report = Report("ann", "a", "linear_regression", (lost,))
    submission = Submission("ann", f"a{suffix}", text, suffix, beside=beside)
    assert outcome == with_answers(report, submission).results[-1].outcome


def test_a_notebook_beside_that_is_no_file_is_not_an_empty_one(tmp_path):
    """Nobody has read what is in it."""
    (tmp_path / "a.py").write_text("def sgd(): pass\n")
    (tmp_path / "a.ipynb").symlink_to("a.py")
    file = SubmittedFile("ann", tmp_path / "a.py", "a.py", beside=tmp_path / "a.ipynb")
    assert "is a link" in file.open().beside


def test_what_cannot_be_graded_fairly_is_refused_at_every_door(monkeypatch):
    """Before anything starts: where a worker could read the class, and where memory is too little."""
    folder = Path(numpy.__file__).parent
    with pytest.raises(SandboxError, match=f"Student code could read {folder}, because it is in"):
        Session(NAME, Settings(), hidden=[folder])
    monkeypatch.setattr(machine, "_bounds", lambda: iter([256 << 20]))
    with pytest.raises(SandboxError, match=r"^256 MiB of memory are not enough\. "):
        Session(NAME, Settings())


def test_what_cannot_be_read_is_identical_with_no_other():
    """It has no text."""
    assert "" == not_graded(SubmittedFile("ann", Path("a.py"), "a.py", problem="none"), NAME).content


def test_judges_say_what_one_in_this_process_says():
    """The same reports; who cannot be read needs a person."""
    with Session(NAME, Settings(), jobs=2) as session:
        reports = {s.id: without_times(report) for s, report in session.reports(iter(SUBMISSIONS))}
        keys = [provenance.content_key(submission, session.facts) for submission in SUBMISSIONS]
    with judge_of(NAME) as judge:
        assert reports == {s.id: without_times(with_answers(judge.judge(s), s)) for s in SUBMISSIONS}
    assert {s.id for s in SUBMISSIONS} == reports.keys()
    assert {"right"} == {id for id, report in reports.items() if report.score == 5}
    assert ["notebook"] == [id for id, report in reports.items() if report.needs_a_person]
    assert len(SUBMISSIONS) == len(set(keys))


class Failing(executors._Own):
    """In a process of its own: its judge fails."""

    def __init__(self, *given):
        super().__init__(*given)
        self.judge._report = fails


def fails(submission):
    raise ValueError("no words")


def test_the_reference_is_judged_first_unless_it_is_told_not_to(monkeypatch, tmp_path):
    """A judge that fails opens no gate; a kernel trusts the release that it came with."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # no earlier run is remembered
    monkeypatch.setattr(executors, "_Own", Failing)
    with pytest.raises(BrokenGate, match=r"Nobody was graded. The reference .*ValueError: no words"):
        Session(NAME, Settings())
    with Session(NAME, Settings(), with_gate=False) as session:
        assert "ValueError: no words" == session.report(SUBMISSIONS[0]).reason


def test_a_key_changes_with_all_that_a_result_depends_on(cases):
    """The submission, each fact of the run, and what else some command says; and with nothing else."""
    one = Submission("ann", "ann.py", RIGHT)
    facts = provenance.facts(cases, Settings(), "all")
    names = "settings settings_digest cases checks kit torch hypothesis numpy walls"
    assert names.split() == list(facts)
    changes = (
        {"text": RIGHT + "\n"},
        {"text": "\ud800"},
        {"suffix": ".ipynb"},
        {"problem": "is empty. Export it again."},
    )
    keys = [provenance.content_key(replace(one, **change), facts) for change in changes]
    keys.append(provenance.content_key(replace(one, flags=("has two files",)), facts))
    keys += [provenance.content_key(one, facts | {name: "another"}) for name in facts]
    keys += [provenance.content_key(one, facts, "rules"), provenance.content_key(one, facts, "ru", "les")]
    keys += [
        provenance.content_key(one, provenance.facts(cases, chosen, "all"))
        for chosen in (Settings(memory=4096), Settings(shrink_tries=0), Settings(unsafe=True))
    ]
    keys.append(provenance.content_key(one, facts))
    assert len(keys) == len(set(keys))
    assert keys[-1] == provenance.content_key(replace(one, id="bo", file="bo.py"), dict(facts))


def test_a_class_is_taken_as_there_is_room_and_what_is_known_is_skipped():
    """No more than a few are in memory; each that is new is added once, and each is told of.

    The key has the ledger's own words in it. A session that does not open gives no report.
    """
    ids = [f"s{number:02}" for number in range(12)]
    known, new = ids[3:9], [*ids[:3], *ids[9:]]
    some = Mock(words=("rules",))  # a ledger, who is told, and what files are asked, in order
    some.has.side_effect = lambda id, key: id in known
    some.opened.side_effect = lambda id: Submission(id, f"{id}.py", f"{RIGHT}# {id}\n")
    files = [SimpleNamespace(id=id, open=partial(some.opened, id)) for id in ids]
    grade_class(files, NAME, Settings(), some, jobs=1, done=some.done)

    calls = [(name, *args) for name, args, _ in some.mock_calls]
    opened, done = (sorted(id for name, id, *_ in calls if name == what) for what in ("opened", "done"))
    assert ids == opened == done
    assert known == [id for name, id, *report in calls if name == "done" and report == [None]]
    facts, keys = some.open.call_args[0][0], dict(each.args for each in some.has.call_args_list)
    added = [each.args for each in some.add.call_args_list]
    assert new == sorted(report.id for report, *_ in added)
    assert [(file.id, keys[file.id], 5) for *_, file in added] == [
        (r.id, key, r.score) for r, key, _ in added
    ]
    assert {file.id: provenance.content_key(file.open(), facts, "rules") for file in files} == keys
    changes = (
        (name == "opened") - (name == "add" or (name == "has" and args[0] in known)) for name, *args in calls
    )
    assert max(accumulate(changes)) <= 3 * 1 + 1

    some.reset_mock()
    with pytest.raises(SandboxError, match="Student code could read"):
        grade_class(files, NAME, Settings(), some, hidden=[Path(numpy.__file__).parent])
    assert [] == some.mock_calls
