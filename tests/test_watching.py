"""`autograder watch`: feedback as students submit, however often the watcher ends, and
whatever comes.
"""

import contextlib
import errno
import json
import os
import re
import shutil
import signal
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from unittest.mock import Mock

import pytest
from cli_helpers import NAME, POINTS, RIGHT, WRONG, start
from course_helpers import (
    answered,
    gradebook,
    nbgrader,
    new_course,
    scores,
    with_code,
)
from nbgrader.apps.api import NbGraderAPI
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeFactory
from process_helpers import PATIENCE, wait_until

from autograder import settings
from autograder.assessment import Assessment
from autograder.cli.terminal import say
from autograder.grading.session import WarmSessions
from autograder.intake.places import MAX_LEVELS, SECRET, STAMP
from autograder.nbgrader_bridge.course import grade_course, open_course
from autograder.nbgrader_bridge.ledger import CourseLedger
from autograder.reporting import pages
from autograder.reporting.disclosure import limited
from autograder.results import Fault, Outcome, Report, Result
from autograder.sentences import message
from autograder.watching import exchange
from autograder.watching.copying import (
    MAX_ENTRIES,
    NotCollected,
    copy_plain_files,
)
from autograder.watching.exchange import CourseExchange
from autograder.watching.watcher import Watcher

COURSE = "linear-regression"
COURSE_SETTINGS = "seed = 7\n[watch]\n"
FULL_MARKS = f"{POINTS:g} of {POINTS:g} points"


SHOWN = {
    "all": 4,
    "hints": 2,
    "points": 0,
}  # detail -> how many of these a page has
SENTENCES = "moves every parameter", "Which way is down?", "expected 3", "lr=7"


@pytest.mark.parametrize("detail", SHOWN)
def test_before_the_due_date_less_is_shown(detail):
    """Hints without values and inputs, or points alone."""
    values = {
        "message": "expected 3",
        "sort": "value",
        "of": "",
        "hint": SENTENCES[1],
    }
    fault = Fault("differs", values)
    lost = Result(
        "sgd", "moves", SENTENCES[0], 2, 0, Outcome.FAILED, fault, "lr=7"
    )
    passed = Result("sgd", "in_place", "works in place", 1, 1, Outcome.PASSED)
    report = Report("ann", "a.ipynb", NAME, (lost, passed))
    page = pages.page(Assessment(report), detail)
    found = [sentence for sentence in SENTENCES if sentence in page]
    assert found == [*SENTENCES[: SHOWN[detail]]]
    assert "sgd: 1 of 3 points" in page


RAISED = {"error": "ValueError", "message": "lr=7", "place": ""}
SIGNATURE = {"function": "f", "right": "a", "own": "b"}
SIGNATURE["raised"] = {"kind": "raised", "values": RAISED}


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        (Fault("raised", RAISED), "your code raised ValueError"),
        (
            Fault("raised", RAISED | {"error": "lr=7"}),
            "your code raised an exception",
        ),
        (
            Fault("called_otherwise", SIGNATURE),
            "`f` is called as (a), but yours takes (b)",
        ),
        (
            Fault("not_written"),
            "Not attempted yet. Replace the line that raises NotImplementedError.",
        ),
    ],
)
def test_a_hint_shows_no_exception_s_text_and_no_mistake_s_name(fault, shown):
    """Either may quote what is graded."""
    failed = Result("sgd", "moves", "moves", 2, 0, Outcome.ERROR, fault)
    assert message(limited([failed], "hints")[0]) == shown
    named = replace(failed, mistake="adds", says="You add.")
    assert message(limited([named], "hints")[0]) == ""


def test_a_copy_is_bounded_and_has_plain_files_alone(tmp_path):
    """A file with a hole in it has as many bytes as it claims."""
    source = tmp_path / "source"
    copy = tmp_path / "copy"
    (source / "below").mkdir(parents=True)
    (source / "below/a.txt").write_text("text")
    assert copy_plain_files(source, copy, 4) == source.stat()
    assert (copy / "below/a.txt").read_text() == "text"
    with open(source / "hole.bin", "wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(NotCollected, match="larger than"):
        copy_plain_files(source, tmp_path / "larger", 1000)
    (source / "hole.bin").unlink()
    (source / "folder").symlink_to("below")
    with pytest.raises(NotCollected, match="folder is a link"):
        copy_plain_files(source, tmp_path / "linked", 1000)
    (source / "folder").unlink()
    for number in range(MAX_ENTRIES):
        (source / f"{number}.txt").touch()
    with pytest.raises(NotCollected, match=f"more than {MAX_ENTRIES} files"):
        copy_plain_files(source, tmp_path / "many", 1000)


class Class:
    """A course with an exchange, and its students as they use nbgrader."""

    def __init__(self, folder):
        self.exchange = folder / "exchange"
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        self.exchange.mkdir()
        self.exchange.chmod(0o777)
        lines = f"c.Exchange.root = {str(self.exchange)!r}\n"
        lines += f"c.Exchange.cache = {str(folder / 'cache')!r}\n"
        lines += "c.ExchangeCollect.check_owner = False\n"
        self.root = new_course(folder / "course", (), lines)
        # a release then says how to submit
        (self.root / settings.FILE).write_text(COURSE_SETTINGS)
        for command in ("generate_assignment", "release_assignment"):
            nbgrader(self.root, command, NAME)
        self.inbound = self.exchange / COURSE / "inbound"

    def _nbgrader(self, step, student):
        with open_course(self.root) as (app, _):
            course = CourseDirectory(parent=app)
            course.assignment_id = NAME
            course.student_id = student
            who = {"authenticator": Authenticator(parent=app), "parent": app}
            make = getattr(ExchangeFactory(parent=app), step)
            command = make(coursedir=course, **who)
            command.assignment_dir = str(self.home / student)
            command.cache = str(self.home / student / "cache")
            command.start()
            return command

    def submit(self, student, code):
        """Submit as in JupyterLab, and return the timestamp, by which feedback is found."""
        path = self.home / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(code, str):
            code = json.dumps(
                with_code(answered(self.root, NAME), code)
            ).encode()
        path.write_bytes(code)
        return self._nbgrader("Submit", student).timestamp

    def feedback(self, student):
        """Return what Fetch Feedback brings: the pages of a student, by timestamp."""
        self._nbgrader("FetchFeedback", student)
        paths = (self.home / student / NAME / "feedback").glob("*/*.html")
        return {path.parent.name: path.read_text() for path in paths}

    def change_due_date(self, due):
        with gradebook(self.root) as book:
            book.find_assignment(NAME).duedate = due
            book.db.commit()


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    return Class(tmp_path_factory.mktemp("watched"))


@pytest.fixture(scope="module")
def sessions():
    with contextlib.closing(WarmSessions(1)) as warm:
        yield warm


@pytest.fixture
def watching(room, sessions):
    """A function that starts a watcher in this process, as after the death of an earlier one."""
    umask = os.umask(0o077)  # as the command does
    with open_course(room.root) as (app, course):
        yield lambda: Watcher(app, course, [NAME], sessions, say)
    os.umask(umask)


class Killed(BaseException):
    """The process ends here."""


def raising(error):
    """Return a function that raises."""

    def function(*_, **__):
        raise error

    return function


def half_copied(source, target, **_):
    """Copy a submission as nbgrader does, until it is killed."""
    Path(target).mkdir(parents=True)
    shutil.copy(Path(source, SECRET), target)
    raise Killed


# Where a watcher is killed, or has no space: each before anything of the step is done.
SEAMS = (
    (exchange, "copy_plain_files"),
    (exchange.atomic, "write"),
    (CourseLedger, "add"),
    (CourseExchange, "release"),
    (NbGraderAPI, "release_feedback"),
)


@pytest.mark.exhaustive
def test_whenever_it_is_killed_nothing_is_lost_and_nothing_is_graded_twice(
    room, watching, monkeypatch
):
    """Each student has one page, whole, with the points that `grade --course` gives."""
    stamps = {
        "ann": room.submit("ann", RIGHT),
        "bob": room.submit("bob", WRONG),
    }
    graded = []
    add = CourseLedger.add

    def counting(ledger, report, key, file):
        add(ledger, report, key, file)
        graded.append(report.id)

    monkeypatch.setattr(CourseLedger, "add", counting)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copytree", half_copied)
        watching().round()  # nbgrader swallows even this
    for owner, name in SEAMS:
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, raising(Killed()))
            with pytest.raises(Killed):
                watching().round()
    for _ in range(2):
        watching().round()
    pages = {student: room.feedback(student) for student in stamps}
    assert {id: [*pages[id]] for id in pages} == {
        id: [stamp] for id, stamp in stamps.items()
    }
    right, wrong = (pages[id][stamp] for id, stamp in stamps.items())
    assert FULL_MARKS in right
    assert FULL_MARKS not in wrong
    released = [*(room.exchange / COURSE / "feedback").iterdir()]
    assert [path.stat().st_mode & 0o777 for path in released] == [0o644] * 2
    before = scores(room.root, NAME)
    grade_course(room.root, NAME, settings.load(room.root), 1)
    assert sorted(graded) == ["ann", "bob"]
    assert scores(room.root, NAME) == before


@pytest.mark.exhaustive
def test_what_cannot_be_used_is_said_once_and_waited_for(
    room, watching, monkeypatch, capsys
):
    """A lost exchange, a full disk at each step, feedback that fails."""
    stamp = room.submit("dan", RIGHT)
    watcher = watching()
    numbers = count()

    def full(*_, **__):
        raise OSError(
            errno.ENOSPC, "No space left on device", f"/tmp/{next(numbers)}"
        )

    def two_rounds():
        watcher.round()
        watcher.round()

    lost = room.exchange.with_name("lost")
    room.exchange.rename(lost)
    two_rounds()
    lost.rename(room.exchange)
    fails = Mock(return_value={"success": False, "error": "x\nlost"})
    for owner, name in SEAMS:
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, fails if owner is NbGraderAPI else full)
            two_rounds()
    two_rounds()
    lines = capsys.readouterr().out.splitlines()
    assert [*room.feedback("dan")] == [stamp]
    for sentence in (
        "Waiting: Cannot read ",
        f"dan, {NAME}: cannot collect this submission (The disk is full",
        "Waiting: The disk is full",
        f"dan, {NAME}: collected.",
        f"dan, {NAME}: cannot release the feedback (lost)",
        f"dan, {NAME}: feedback released.",
    ):
        assert sum(line.startswith(sentence) for line in lines) == 1, lines


REFUSED = {  # student -> why a person must look
    "gus": "which nbgrader never writes",
    "..": "",
    "hal": "data.csv is a link",
    "liz": f"more than {MAX_LEVELS} folders",
    "pam": "",
}


@pytest.mark.slow
def test_hostile_submissions_are_not_collected_and_stop_nobody(
    room, watching, monkeypatch, capsys
):
    """A link, no date, a name that leaves the course, folders in folders, half of it."""
    stamp = room.submit("eve", WRONG)
    (good,) = room.inbound.glob("eve+*")

    def like(student, when="2026-01-01 00:00:00 UTC"):
        folder = room.inbound / f"{student}+{NAME}+{when}+random"
        shutil.copytree(good, folder)
        (folder / SECRET).write_text(student[:2])
        return folder

    like("gus", "the first of never")
    like("..")
    (like("hal") / "data.csv").symlink_to(room.root / settings.FILE)
    (like("ida+lab") / SECRET).unlink()
    like("liz").joinpath(*"d" * (MAX_LEVELS + 1)).mkdir(parents=True)
    (like("ned") / STAMP).write_text("never")  # its name has the time
    os.mkfifo(like("pam") / "pipe")
    watcher = watching()
    watcher.round()
    watcher.round()
    found = re.findall(
        r"(?m)^(\S+), \w+ needs review\. (.*)", capsys.readouterr().out
    )
    assert sorted(student for student, _ in found) == sorted(REFUSED)
    assert all(REFUSED[student] in why for student, why in found)
    assert [*room.feedback("eve")] == [stamp]
    assert (
        "2026-01-01" in (room.root / "submitted/ned" / NAME / STAMP).read_text()
    )
    collected = {path.name for path in (room.root / "submitted").glob("[e-p]*")}
    assert collected == {"eve", "ned"}
    monkeypatch.setattr(watcher._exchange, "_checks_owner", True)
    room.submit("eve", RIGHT)
    watcher.round()
    assert "Its folder belongs to " in capsys.readouterr().out
    assert [*room.feedback("eve")] == [stamp]


@pytest.mark.slow
def test_of_two_submissions_the_later_by_its_stamp_is_answered(room, watching):
    """One that arrives late with an earlier stamp is not; a new one is, though the first is
    not answered.
    """
    room.submit("kim", WRONG)
    second = room.submit("kim", RIGHT)
    (late,) = room.inbound.glob(f"kim+{NAME}+{second}*")
    shutil.copytree(late, room.inbound / f"kim+{NAME}+2020-01-01 00:00:00 UTC")
    watcher = watching()
    watcher.round()
    assert [*room.feedback("kim")] == [second]
    third = room.submit("kim", WRONG)
    watcher.round()
    page = room.feedback("kim")
    assert {at: FULL_MARKS in page[at] for at in page} == {
        second: True,
        third: False,
    }


@pytest.mark.slow
def test_what_needs_review_gets_feedback_once_an_instructor_decided(
    room, watching, capsys
):
    """Also if the watcher was started again meanwhile; no other student waits."""
    stamp = room.submit("cho", b"{")
    other = room.submit("uma", RIGHT)
    watcher = watching()
    watcher.round()
    watcher.round()
    assert capsys.readouterr().out.count(f"cho, {NAME} needs review. ") == 1
    assert [*room.feedback("uma")] == [other]
    assert room.feedback("cho") == {}
    with gradebook(room.root) as book:
        for grade in book.find_submission_notebook(NAME, NAME, "cho").grades:
            grade.manual_score = 1
            grade.needs_manual_grade = False
        book.db.commit()
    watching().round()
    assert [*room.feedback("cho")] == [stamp]


@pytest.mark.slow
def test_after_the_due_date_all_is_shown(room, watching):
    """Students with points alone before get the whole page then; later ones get it at once."""
    config = room.root / settings.FILE
    config.write_text(COURSE_SETTINGS + 'detail = "points"\n')
    room.change_due_date(datetime(2999, 1, 1))
    try:
        stamp = room.submit("lea", WRONG)
        watcher = watching()
        watcher.round()
        before = room.feedback("lea")[stamp]
        room.change_due_date(datetime.now(UTC).replace(tzinfo=None))
        watcher.round()
        after = room.feedback("lea")[stamp]
        late = room.submit("lea", WRONG)
        watcher.round()
        watcher.round()
    finally:
        room.change_due_date(None)
        config.write_text(COURSE_SETTINGS)
    assert (
        "This page shows more after the due date, 2999-01-01 00:00 UTC."
        in before
    )
    assert "expected" not in before
    assert "expected" in after
    assert "expected" in room.feedback("lea")[late]


def watch_command(room, output):
    """Start the command, which writes what it says into a file."""
    with output.open("a") as file:
        return start(
            "watch", room.root, cwd=room.root, stdout=file, stderr=file
        )


@pytest.mark.slow
def test_the_command_says_what_it_does_until_a_signal_comes(room, tmp_path):
    """It ends with a line, and what was graded is saved."""
    output = tmp_path / "output"
    process = watch_command(room, output)
    try:
        stamp = room.submit("wim", RIGHT)
        for line in (
            f"Watching {room.root}. Press Ctrl-C to stop.\n",
            f"wim, {NAME}: collected.\n",
            f"wim, {NAME}: feedback released.\n",
        ):
            wait_until(lambda: line in output.read_text(), process)  # noqa: B023
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
    assert process.returncode == 143
    assert output.read_text().endswith(
        "autograder: Stopped. What was graded is saved; run the same command again to "
        "continue.\n"
    )
    assert [*room.feedback("wim")] == [stamp]
