"""`watch`: opens a course or a folder, and runs the loop of the package `watching`."""

from collections.abc import Sequence
from pathlib import Path

from autograder import exercises
from autograder.cli.collecting import ours
from autograder.cli.grading import interruptible
from autograder.cli.terminal import Stop, say
from autograder.errors import N_
from autograder.grading.session import WarmSessions
from autograder.settings import Watching
from autograder.untrusted_text import escape_control_characters
from autograder.watching import watcher
from autograder.watching.folder import FolderSource
from autograder.watching.watcher import Watcher, open_attempts

ENDED = N_("Stopped. All feedback so far was returned; run the same command again to continue.")


def print_status(course: Path, out: Path | None) -> bool:
    """Print how the watcher of a course, or of results, is.  Returns whether it is well."""
    from autograder.nbgrader_bridge.course import RESULTS

    sentence, is_well = watcher.status(out or course / RESULTS)
    print(escape_control_characters(sentence))
    return is_well


def watch_course(course: Path, names: Sequence[str], rules: Watching, sessions: WarmSessions) -> None:
    """Watch a course's exchange until a signal comes.  Raises Stop."""
    from nbgrader.api import MissingEntry
    from sqlalchemy.exc import SQLAlchemyError

    from autograder.nbgrader_bridge import course as bridge
    from autograder.nbgrader_bridge.course_files import is_ours
    from autograder.watching.course import CourseSource

    folder = course.resolve() / bridge.RESULTS
    with (
        interruptible(ENDED),
        bridge.opened_course(course) as (app, opened),
        open_attempts(folder, rules) as attempts,
    ):
        known = ours(names or exercises.assignments(), lambda name: is_ours(opened, name))
        source = CourseSource(app, opened, known, sessions)
        Watcher(folder, attempts, rules, say, (SQLAlchemyError, MissingEntry)).run(source)


def watch_folder(source: FolderSource, rules: Watching) -> None:
    """Watch a folder until a signal comes.  Raises Stop."""
    if not source.folder.is_dir():
        raise Stop("No file or folder {path}. Check the path.", path=source.folder)
    with interruptible(ENDED), open_attempts(source.out, rules) as attempts:
        Watcher(source.out, attempts, rules, say).run(source)
