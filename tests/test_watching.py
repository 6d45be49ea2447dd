"""`autograder watch`: feedback as students submit, however often the watcher ends, and whatever comes."""

import csv
import errno
import json
import os
import re
import shutil
import signal
import subprocess
import textwrap
import time
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from cli_helpers import EXERCISE, NAME, POINTS, RIGHT, WRONG, run, start
from course_helpers import BIN, ROOT, answered, nbgrader, new_course, scores, with_code
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.api import NbGraderAPI
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeFactory
from process_helpers import PATIENCE, ran, wait_until

from autograder import settings
from autograder.cli.terminal import say
from autograder.errors import Interrupted
from autograder.grading.session import WarmSessions
from autograder.intake import collector
from autograder.intake.places import MAX_LEVELS, WrongPath
from autograder.nbgrader_bridge.course import CourseError, grade_course, open_course
from autograder.nbgrader_bridge.feedback import FeedbackPages
from autograder.nbgrader_bridge.ledger import CourseLedger
from autograder.reporting import pages, review
from autograder.reporting.atomic import InUse
from autograder.reporting.results_folder import ResultsFolder
from autograder.results import Fault, Outcome, Report, Result
from autograder.sentences import message
from autograder.settings import Watching
from autograder.watching import attempts as journal
from autograder.watching import disclosure, inbox, watcher
from autograder.watching.attempts import Attempts, Submitted
from autograder.watching.course import CourseSource
from autograder.watching.disclosure import limited
from autograder.watching.folder import FolderSource
from autograder.watching.inbox import Inbox, Unavailable
from autograder.watching.watcher import Ending, Watcher

COURSE = "linear-regression"
NOON = datetime(2026, 3, 1, 12)


def at(minutes: float, student: str = "ann", order: int = 0) -> Submitted:
    """Submitted some minutes after noon."""
    return Submitted(NOON + timedelta(minutes=minutes), order, f"{student}{minutes}{order}", student, NAME)


def test_the_latest_is_next_once_the_time_between_two_answers_has_passed(tmp_path, monkeypatch):
    """One that a later one replaced never is; attempts count over restarts, and a torn line is not one."""
    with Attempts(tmp_path, 10) as kept:
        assert [at(1, "bob"), at(2)] == kept.next([at(0), at(2), at(1, "bob")], NOON)
        monkeypatch.setattr(journal, "now", lambda: NOON + timedelta(minutes=3))
        kept.add(kept.attempt(at(2), "hints"))
        with pytest.raises(InUse):
            Attempts(tmp_path)
    with open(tmp_path / journal.JOURNAL, "ab") as file:
        file.write(b'{"of": ')
    with Attempts(tmp_path, 10) as kept:
        assert [] == kept.next([at(0), at(2)], NOON + timedelta(hours=1))
        twice = [at(2), at(4), at(4, order=1)]
        assert [] == kept.next(twice, NOON + timedelta(minutes=12))
        assert [at(4, order=1)] == kept.next(twice, NOON + timedelta(minutes=13))
        assert (1, 2) == tuple(kept.attempt(one, "all").number for one in (at(2), at(4)))
        kept.add(kept.attempt(at(4), ""))
        assert [(at(4), "", False)] == [
            (one.submitted, one.detail, one.is_limited) for one in kept.last.values()
        ]


def test_an_hour_that_comes_twice_delays_no_submission(tmp_path):
    """What is found later is later, whatever the clock says, also after a restart."""
    with Attempts(tmp_path, 10) as kept:
        assert [at(60)] == kept.next([at(60)], NOON)
        kept.add(kept.attempt(at(60), "all"))
    with Attempts(tmp_path) as kept:
        assert [at(5)] == kept.next([at(60), at(5)], NOON)
        kept.add(kept.attempt(at(5), "all"))
        assert [] == kept.next([at(60), at(5)], NOON)


def test_the_time_between_two_feedbacks_is_not_longer_because_a_clock_went_back(tmp_path, monkeypatch):
    """A feedback of the future is none to wait for."""
    with Attempts(tmp_path, 10) as kept:
        monkeypatch.setattr(journal, "now", lambda: NOON + timedelta(hours=1))
        kept.next([at(0)], NOON)
        kept.add(kept.attempt(at(0), "all"))
        assert [at(2)] == kept.next([at(0), at(2)], NOON + timedelta(minutes=2))


def test_a_journal_of_an_earlier_version_knows_who_was_answered(tmp_path):
    """It recorded answers alone: what came before one of these is not answered again."""
    of = {"at": str(at(5).at), "order": 0, "key": at(5).key, "student": "ann", "assignment": NAME}
    line = json.dumps({"of": of, "number": 2, "told": str(NOON), "words": "hints"})
    (tmp_path / journal.JOURNAL).write_text(line + "\n")
    with Attempts(tmp_path) as kept:
        assert [] == kept.next([at(0), at(5)], NOON)
        assert "hints" == kept.last["ann", NAME].detail
        assert [at(7)] == kept.next([at(0), at(5), at(7)], NOON)


def test_before_the_due_date_less_is_told():
    """Hints without values, inputs, a mistake's name or an exception's text; or points alone, as in all."""
    values = {"message": "expected 3", "sort": "value", "of": "", "hint": "Which way is down?"}
    lost = Result(
        "sgd", "moves", "moves every parameter", 2, 0, Outcome.FAILED, Fault("differs", values), "lr=7"
    )
    held = Result("sgd", "in_place", "works in place", 1, 1, Outcome.PASSED)
    report = Report("ann", "a.ipynb", NAME, (lost, held))
    page = {words: pages.page(limited(report, words)) for words in ("all", "hints", "points")}
    said = ("moves every parameter", "Which way is down?", "expected 3", "lr=7")
    assert [*said] == [text for text in said if text in page["all"]]
    assert [*said[:2]] == [text for text in said if text in page["hints"]]
    assert [] == [text for text in said if text in page["points"]]
    assert all("sgd: 1 of 3 points" in text for text in page.values())
    raised = {"error": "ValueError", "message": "lr=7", "place": ""}
    otherwise = {"function": "f", "right": "a", "own": "b", "raised": {"kind": "raised", "values": raised}}
    for fault, shown in (
        (Fault("raised", raised), "your code raised ValueError"),
        (Fault("raised", raised | {"error": "lr=7"}), "your code raised an exception"),
        (Fault("called_otherwise", otherwise), "`f` is called as (a), but yours takes (b)"),
        (Fault("not_written"), "Not attempted yet. Replace the line that raises NotImplementedError."),
    ):
        failed = replace(lost, outcome=Outcome.ERROR, fault=fault)
        assert shown == message(limited(replace(report, results=(failed,)), "hints").results[0])
        named = replace(failed, mistake="adds", says="You add.")
        assert "" == message(limited(replace(report, results=(named,)), "hints").results[0])


# --- A course and its exchange


class Class:
    """A course with an exchange, and its students as they use nbgrader."""

    def __init__(self, folder: Path):
        self.exchange, self.home, self.root = folder / "exchange", folder / "home", folder / "course"
        for each in (self.exchange, self.home):
            each.mkdir(parents=True)
        self.exchange.chmod(0o777)
        lines = f"c.Exchange.root = {str(self.exchange)!r}\nc.Exchange.cache = {str(folder / 'cache')!r}\n"
        new_course(self.root, (), lines + "c.ExchangeCollect.check_owner = False\n")
        (self.root / settings.FILE).write_text("[watch]\n")  # of which a release tells
        for command in ("generate_assignment", "release_assignment"):
            assert 0 == nbgrader(self.root, command, NAME).returncode

    @property
    def inbound(self) -> Path:
        return self.exchange / COURSE / "inbound"

    def _nbgrader(self, step: str, student: str):
        with open_course(self.root) as (app, _):
            course = CourseDirectory(parent=app)
            course.assignment_id, course.student_id = NAME, student
            made = getattr(ExchangeFactory(parent=app), step)(
                coursedir=course, authenticator=Authenticator(parent=app), parent=app
            )
            made.assignment_dir = str(self.home / student)
            made.cache = str(self.home / student / "cache")
            made.start()
            return made

    def submit(self, student: str, code: str | bytes) -> str:
        """As in JupyterLab; returns the timestamp, by which the feedback is found."""
        folder = self.home / student / NAME
        folder.mkdir(parents=True, exist_ok=True)
        tree = (
            code
            if isinstance(code, bytes)
            else json.dumps(with_code(answered(self.root, NAME), code)).encode()
        )
        (folder / f"{NAME}.ipynb").write_bytes(tree)
        return self._nbgrader("Submit", student).timestamp

    def feedback(self, student: str) -> dict[str, str]:
        """What Fetch Feedback brings: the pages of a student, by timestamp."""
        self._nbgrader("FetchFeedback", student)
        found = (self.home / student / NAME / "feedback").glob("*/*.html")
        return {path.parent.name: path.read_text("utf-8") for path in found}


@pytest.fixture(scope="module")
def room(tmp_path_factory) -> Class:
    return Class(tmp_path_factory.mktemp("watched"))


class Watched:
    """A watcher of a course in this process, and what it says.  Its sessions outlive it, as they need not."""

    sessions = WarmSessions(1)

    def __init__(self, room: Class, capsys=None, **rules):
        self.room, self.rules = room, Watching(**rules)

    def __enter__(self):
        self.umask = os.umask(0o077)  # as the command does
        self.course = open_course(self.room.root)
        app, course = self.course.__enter__()
        folder = self.room.root / "results"
        self.kept = Attempts(folder, self.rules.cooldown).__enter__()
        self.watcher = Watcher(folder, self.kept, self.rules, say, (CourseError, Unavailable, MissingEntry))
        self.source = CourseSource(app, course, [NAME], self.sessions)
        return self

    def look(self):
        self.watcher.look(self.source)

    def __exit__(self, *error):
        os.umask(self.umask)
        self.kept.__exit__(*error)
        self.course.__exit__(*error)


@pytest.fixture(autouse=True)
def signals():
    """A watcher heeds signals; other tests do as before."""
    heeded = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
    yield
    for number, handler in heeded.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module", autouse=True)
def no_sessions():
    yield
    Watched.sessions.close()


class Killed(BaseException):
    """The process ends here."""


def half_copied(source, target, **_):
    """As nbgrader copies a submission, until it is killed."""
    Path(target).mkdir(parents=True)
    shutil.copy(Path(source, "timestamp.txt"), target)
    raise Killed


def raising(error: BaseException):
    """A function that raises."""

    def function(*_, **__):
        raise error

    return function


# Where a watcher is killed, each before anything of the step is done.
SEAMS = (
    (Inbox, "collect"),
    (CourseLedger, "add"),
    (FeedbackPages, "write"),
    (NbGraderAPI, "release_feedback"),
    (Attempts, "add"),
)


@pytest.mark.exhaustive
def test_whenever_it_is_killed_nothing_is_lost_and_nothing_is_graded_twice(room, monkeypatch, capsys):
    """Each student has one page, whole, with the points that `grade --course` gives; what waits says so."""
    stamps = {
        "ann": room.submit("ann", RIGHT),
        "bob": room.submit("bob", WRONG),
        "cho": room.submit("cho", b"{"),
    }
    graded = []
    add = CourseLedger.add

    def adding(ledger, report, key, file):
        add(ledger, report, key, file)
        graded.append(report.id)

    monkeypatch.setattr(CourseLedger, "add", adding)
    for owner, name, instead in (
        (shutil, "copytree", half_copied),
        *((*seam, raising(Killed())) for seam in SEAMS),
    ):
        with monkeypatch.context() as patch, Watched(room) as watched:
            patch.setattr(owner, name, instead)
            with pytest.raises(Killed):
                watched.look()
    with Watched(room) as watched:
        watched.look()
        watched.look()
    assert ["ann", "bob", "cho"] == sorted(graded)
    (ann,), (bob,), (cho,) = (room.feedback(student).values() for student in ("ann", "bob", "cho"))
    assert f"{POINTS} of {POINTS} points" in ann
    assert f"Attempt 1, submitted {stamps['ann'][:19]} UTC." in ann
    assert f"{POINTS} of {POINTS} points" not in bob
    assert "expected" in bob
    assert "not graded yet" in cho
    assert "Your instructor still has to review this submission." in cho
    pages_of_students = [*(room.exchange / COURSE / "feedback").iterdir()]
    assert [0o644] * 3 == [path.stat().st_mode & 0o777 for path in pages_of_students]
    state = json.loads((room.root / "results/watch.json").read_text())
    assert (0, [{"student": "cho", "assignment": NAME}]) == (state["queue"], state["needs_review"])
    before = scores(room.root, NAME)
    grade_course(room.root, NAME, settings.load(room.root), 1)
    assert ["ann", "bob", "cho", "cho"] == sorted(graded)
    assert before == scores(room.root, NAME)
    notebook = json.loads((room.root / "assignments" / NAME / f"{NAME}.ipynb").read_text("utf-8"))
    assert "**Fetch Feedback**" in "".join(notebook["cells"][1]["source"])


@pytest.mark.exhaustive
def test_what_cannot_be_used_is_said_once_and_waited_for(room, monkeypatch, capsys):
    """A lost exchange, a locked gradebook, a full disk at each step: then the submission is answered."""
    stamp = room.submit("dan", RIGHT)
    room.exchange.rename(room.exchange.with_name("lost"))
    with Watched(room) as watched:
        watched.look()
        watched.look()
        room.exchange.with_name("lost").rename(room.exchange)
        with monkeypatch.context() as patch:
            patch.setattr(inbox, "copy_plain_files", lambda *_, **__: [])  # it is lost between two steps
            watched.look()

        numbers = count()

        def full(*_, **__):
            raise OSError(errno.ENOSPC, "No space left on device", f"/tmp/{next(numbers)}")

        for owner, name in ((inbox, "copy_plain_files"), *SEAMS[1:3], SEAMS[4]):
            with monkeypatch.context() as patch:
                patch.setattr(owner, name, full)
                watched.look()
                watched.look()
        with monkeypatch.context() as patch:
            patch.setattr(NbGraderAPI, "release_feedback", lambda *_: {"success": False, "error": "x\nlost"})
            watched.look()
        watched.look()
        watched.look()
    told = [
        line for line in capsys.readouterr().out.splitlines() if line.startswith(("Waiting", "dan", "It can"))
    ]
    assert [stamp] == [*room.feedback("dan")]
    assert 1 == sum(f"dan, {NAME}: feedback on attempt 1" in line for line in told)
    assert ["Cannot read the exchange", "The disk is full", "the feedback of dan (lost)"] == [
        words
        for words in ("Cannot read the exchange", "The disk is full", "the feedback of dan (lost)")
        if 1 == sum(words in line for line in told)
    ], told


@pytest.mark.exhaustive
def test_bad_submissions_need_review_and_the_others_go_on(room, monkeypatch):
    """A link, no date, one of the future, somebody else's folder, folders in folders, half of it, no text."""
    room.submit("eve", WRONG)
    good = max(room.inbound.glob("eve+*"), key=os.path.getmtime)

    def like(student: str, stamp: str, **change) -> Path:
        path = room.inbound / f"{student}+{NAME}+{stamp}"
        path.mkdir()
        for file in good.iterdir():
            (path / file.name).write_bytes(file.read_bytes())
        return path

    like("fay", "2999-01-01 00:00:00 UTC")
    like("gus", "the first of never")
    like("..", "2026-01-01 00:00:00 UTC")
    (like("hal", "2026-01-01 00:00:00 UTC") / "data.csv").symlink_to(room.root / settings.FILE)
    half = like("ida+lab", "2026-01-01 00:00:00 UTC+a")
    (half / inbox.SECRET).unlink()
    os.utime(half, (0, 0))
    (like("joe", "2026-01-01 00:00:00 UTC") / inbox.SECRET).unlink()
    first, second = like("kim", "2026-01-01 00:00:00 UTC+a"), like("kim", "2026-01-01 00:00:00 UTC+b")
    os.utime(first, ns=(5, 5))
    like("liz", "2026-01-01 00:00:00 UTC").joinpath(*"d" * (MAX_LEVELS + 1)).mkdir(parents=True)
    (like("moe", "2026-01-01 00:00:00 UTC") / inbox.SECRET).write_bytes(b"\xff")
    with Watched(room) as watched:
        found = [one for one in watched.source.look() if one.student not in ("ann", "bob", "cho", "dan")]
        assert {"eve", "hal", "kim", "liz", "moe"} == {one.student for one in found}
        ready = watched.kept.next(found, NOON + timedelta(days=9999))
        assert second.name == next(one.key for one in ready if one.student == "kim")
        assert ["eve", "kim"] == sorted(one.student for one in ready if watched.source.inbox.collect(one))
        words = {refused.student: refused.why for refused in watched.source.refused.values()}
        assert {"fay", "gus", "..", "hal", "ida+lab", "liz", "moe"} == words.keys()
        assert "in the future" in words["fay"]
        assert "data.csv is a link" in words["hal"]
        assert f"more than {MAX_LEVELS} folders" in words["liz"]
        like("ida+lab", "2026-01-02 00:00:00 UTC+b")
        watched.source.look()
        assert half.name not in watched.source.refused  # a newer one replaced it
        watched.source.inbox.checks_owner = True
        assert not watched.source.inbox.collect(next(one for one in ready if one.student == "eve"))
        assert "belongs to" in watched.source.refused[good.name].why
        watched.source.inbox = Inbox(watched.source.api)  # as after a restart
        watched.source.inbox.checks_owner = True
        watched.source.look()
        assert "belongs to" in watched.source.refused[good.name].why
        assert not (room.root / "submitted/hal" / NAME / "data.csv").exists()
        other = Inbox(watched.source.api)  # of another back end
        other.is_folder = False
        monkeypatch.setattr(NbGraderAPI, "collect", lambda api, name, update: {"success": name == NAME})
        with pytest.raises(Unavailable):
            other.look(["not_released"])
        stamp = room.root / "submitted/eve" / NAME / "timestamp.txt"
        for text, refused in (("never", [f"eve+{NAME}"]), ("2026-01-01 00:00:00 UTC", [])):
            stamp.write_text(text)
            other.look(["not_released", NAME])
            assert refused == [*other.refused]


@pytest.mark.slow
def test_after_the_due_date_all_is_told(room, monkeypatch, capsys):
    """Students with hints before get the whole page then, of the same attempt; later ones get it at once."""
    with Gradebook(f"sqlite:///{room.root}/gradebook.db", COURSE) as book:
        book.find_assignment(NAME).duedate = datetime(2999, 1, 1)
        book.db.commit()
    stamp, other = room.submit("lea", WRONG), room.submit("mia", WRONG)
    of, release = ResultsFolder.report, NbGraderAPI.release_feedback

    def report(results, student):
        return raising(MissingEntry("lea"))() if student == "lea" else of(results, student)

    def released(api, name, student):
        return {"success": False} if student == "lea" else release(api, name, student)

    with Watched(room, detail="points") as watched:
        with monkeypatch.context() as patch:
            patch.setattr(ResultsFolder, "report", report)
            watched.look()
        assert [other] == [*room.feedback("mia")]
        watched.look()
        before = room.feedback("lea")[stamp]
        with Gradebook(f"sqlite:///{room.root}/gradebook.db", COURSE) as book:
            book.find_assignment(NAME).duedate = datetime(2020, 1, 1)
            book.db.commit()
        with monkeypatch.context() as patch:
            patch.setattr(NbGraderAPI, "release_feedback", released)
            watched.look()
        assert "expected" in room.feedback("mia")[other]
        watched.look()
    after = room.feedback("lea")[stamp]
    assert 2 == capsys.readouterr().out.count(f"mia, {NAME}: feedback on attempt 1 after ")
    assert "This page shows more after the due date, 2999-01-01 00:00 UTC." in before
    assert ("expected" in before, "expected" in after) == (False, True)
    assert "Attempt 1," in before
    assert "Attempt 1," in after


def test_a_signal_just_before_it_sleeps_ends_it_at_once(monkeypatch):
    """And not after the whole time between two looks."""
    ending = Ending()
    check = ending.check
    monkeypatch.setattr(ending, "check", lambda: (check(), signal.raise_signal(signal.SIGTERM)))
    with pytest.raises(Interrupted):
        ending.sleep(0)


def test_a_watched_folder_follows_decisions_and_says_what_it_cannot_answer(tmp_path, monkeypatch):
    """A .zip is unpacked; a folder that is a link, or cannot be assigned, is listed as what needs review."""
    folder, out = tmp_path / "in", tmp_path / "out"
    for path in (f"ann/{NAME}.py", f"cho/{NAME}.py", "dan/a.py", "dan/b.py"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(RIGHT if path != "dan/b.py" else WRONG)
    (folder / "bob").symlink_to("ann")
    shutil.make_archive(str(folder / "cho/work"), "zip", folder / "cho", NAME + ".py")
    (folder / "cho" / f"{NAME}.py").unlink()
    with Attempts(out) as kept:
        one = Watcher(out, kept, Watching(), say)
        source = FolderSource(folder, out, tmp_path, [NAME], Watched.sessions)

        def pages_now() -> dict[str, str]:
            for _ in range(2):
                one.look(source)
            found = (out / "pages").glob(f"*/{NAME}.html")
            return {path.parent.name: path.read_text("utf-8") for path in found}

        page = pages_now()
        assert {"ann", "cho", "dan"} == page.keys()
        assert [True, True, False] == ["5 of 5 points" in page[id] for id in ("ann", "cho", "dan")]
        assert ["bob"] == [*source.refused]
        lines = [
            {"id": "ann", "exercise": EXERCISE.name, "points": "3"},
            {"id": "dan", review.COUNTS: "b.py"},
        ]
        with open(out / NAME / review.FILE, "w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, review.COLUMNS)
            table.writeheader()
            table.writerows(lines)
        for path in (f"ann/{NAME}.py", "dan/a.py"):
            with open(folder / path, "a") as file:
                file.write("# again\n")
        page = pages_now()
        assert "3 of 5 points" in page["ann"]
        assert f"{NAME}, b.py" in page["dan"]
        facts = json.loads((out / NAME / "results.json").read_text())["run"]
        assert facts
        (folder / "eve").mkdir()
        (folder / "eve" / f"{NAME}.py").symlink_to("x")
        assert "not graded yet" in pages_now()["eve"]
        assert facts == json.loads((out / NAME / "results.json").read_text())["run"]
        monkeypatch.setattr(collector, "collect", raising(WrongPath("Nobody knows whose these are.")))
        (folder / "ann" / f"{NAME}.py").write_text(WRONG)
        one.look(source)
        assert {NAME: "Nobody knows whose these are."} == {k: v.why for k, v in source.refused.items()}


@pytest.fixture
def watched_folder(tmp_path):
    """A watcher of a folder `in`, its source, and a function that looks until nothing is new."""
    (tmp_path / "in").mkdir()
    with Attempts(tmp_path / "out") as kept:
        source = FolderSource(tmp_path / "in", tmp_path / "out", tmp_path, [NAME], Watched.sessions)
        one = Watcher(tmp_path / "out", kept, Watching(), say)
        yield source, lambda: [one.look(source) for _ in range(2)]


def test_a_watched_folder_keeps_its_layout(tmp_path, watched_folder):
    """More files with a platform's names than others stop no answer: each that does not fit needs review."""
    source, look = watched_folder
    (tmp_path / "in/ann.py").write_text(RIGHT)
    look()
    for number in range(2):
        (tmp_path / f"in/bob{number}_1234{number}_6789{number}_a-{number}.py").write_text(RIGHT)
    (tmp_path / "in/cho.py").write_text(RIGHT)
    look()
    answered = {path.parent.name for path in (tmp_path / "out/pages").glob(f"*/{NAME}.html")}
    assert {"ann", "cho"} <= answered
    assert NAME not in source.refused


def test_a_page_that_waits_for_review_shows_neither_an_error_of_the_grader_nor_what_was_judged():
    """The instructor reads the error in the watcher's list; how much else is shown is a setting."""
    held = Result("sgd", "in_place", "works in place", 1, 1, Outcome.PASSED)
    lost = replace(held, outcome=Outcome.GRADER_ERROR, message="SandboxError: no disk", cause="ours")
    for results in ((held, lost), (held,)):
        page = disclosure.page(Report("ann", "a.ipynb", NAME, results), "", [])
        assert [True, False, False] == [
            text in page for text in ("The grader failed", "SandboxError", "in place")
        ]


def test_the_log_says_why_a_watcher_ended(tmp_path, watched_folder):
    """A signal, or an error."""
    source, _ = watched_folder
    source.look = raising(ZeroDivisionError("by zero"))
    with Attempts(tmp_path / "other") as kept:
        one = Watcher(tmp_path / "other", kept, Watching(), say)
        with pytest.raises(ZeroDivisionError):
            one.run(source)
    assert "Ended: by zero" in (tmp_path / "other/watch.log").read_text()


class DatabaseError(Exception):
    """As SQLAlchemy's: the database's own error is inside, and the text ends with a link."""

    orig = OSError("connection refused\n\tIs the server running?")


def test_a_database_that_is_away_is_one_line_and_is_said_to_be_back_before_the_answer(
    tmp_path, watched_folder, monkeypatch, capsys
):
    """No tab, no line break and no link."""
    source, _ = watched_folder
    (tmp_path / "in/ann.py").write_text(RIGHT)
    with Attempts(tmp_path / "other") as kept:
        one = Watcher(tmp_path / "other", kept, Watching(), say, (DatabaseError,))
        one.look(source)
        with monkeypatch.context() as patch:
            patch.setattr(
                source, "answer", raising(DatabaseError("(Background: https://sqlalche.me/e/20/e3q8)"))
            )
            one.look(source)
        one.look(source)
    lines = capsys.readouterr().out.splitlines()
    assert ["Waiting: connection refused", "It can be used again."] == lines[:2]
    assert lines[2].startswith(f"ann, {NAME}: feedback on attempt 1")


STATES = (
    (0, 5, 0, "Watching."),
    (400, 5, 1, "Look at "),
    (400, 3600, 0, "Watching."),
    (4000, 3600, 1, "Look at "),
    (None, 5, 1, "No watcher"),
)


@pytest.mark.parametrize(("age", "interval", "code", "words"), STATES)
def test_the_status_of_a_watcher_is_an_exit_code(tmp_path, age, interval, code, words):
    """For a health check: 1 where none has given a sign of life for five minutes after its interval."""
    if age is not None:
        state = {"interval": interval, "queue": 3, "waiting_for": {}}
        (tmp_path / watcher.STATE).write_text(json.dumps(state))
        os.utime(tmp_path / watcher.STATE, (time.time() - age,) * 2)
    done = run("watch", "--folder", tmp_path, "--out", tmp_path, "--status")
    assert (code, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith(words) or words in done.stdout


@pytest.mark.slow
def test_a_folder_is_watched_until_a_signal_comes(tmp_path):
    """Each file that comes is answered by a page; another watcher is told who has it, and SIGTERM ends it."""
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    words = ["watch", "--folder", folder, "--out", out, "--assignment", NAME]
    words += ["--interval", 0.2, "--detail", "hints"]
    process = start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path)
    try:
        wait_until((out / "watch.json").is_file, process)
        (folder / "ann.py").write_text(RIGHT)
        page = out / "pages/ann" / f"{NAME}.html"
        wait_until(page.is_file, process)
        (folder / "ann.py").write_text(WRONG)
        wait_until(lambda: "Attempt 2," in page.read_text("utf-8"), process)
        assert f"{POINTS} of {POINTS} points" not in page.read_text("utf-8")
        second = run(*words, cwd=tmp_path)
        assert (2, 1) == (second.returncode, len(second.stderr.splitlines()))
        assert f"Process {process.pid} on" in second.stderr
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE)
    assert (143, "autograder: Stopped.") == (process.returncode, errors[:20])


@pytest.mark.slow
def test_systemd_reads_each_line_of_the_documented_unit(tmp_path):
    """And what it starts is a command of ours."""
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    unit = textwrap.dedent(re.search(r"    \[Unit\]\n(?:    .+\n)+", text)[0])
    path = tmp_path / "watch.service"
    path.write_text(re.sub(r"=/.*/autograder watch ", f"={BIN / 'autograder'} watch ", unit))
    done = ran("systemd-analyze", "verify", path)
    assert (0, "") == (done.returncode, done.stderr)
    assert f"{BIN / 'autograder'} watch " in path.read_text()
