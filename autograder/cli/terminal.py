"""How a command prints and ends: a line and an exit code.

No student's text controls the terminal.
"""

import contextlib
import errno
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO

from autograder.errors import LACKS, Interrupted, KitError, Message
from autograder.intake.submission import SubmittedFile
from autograder.languages import listed, plural, tr
from autograder.results import Report
from autograder.untrusted_text import escape_control_characters

# in one line
MAX_NAMES = 10
# seconds between lines: a log of a long run stays short
INTERVAL = 5.0


def handle_signals() -> None:
    """Let Ctrl-C, SIGTERM and a closed terminal end a command, also as process 1."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup ignores signals on purpose.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, frame: object) -> None:
    # It ends already, and writes: only a second Ctrl-C stops that.
    for later in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(later, signal.SIG_IGN)
    raise Interrupted(number)


def resource_error(error: BaseException) -> KitError | None:
    """Return the error for a lack of memory, processes or files here; None for other errors."""
    number = getattr(error, "errno", None)
    if isinstance(error, MemoryError):
        number = errno.ENOMEM
    elif isinstance(error, RuntimeError) and "start new thread" in str(error):
        number = errno.EAGAIN
    elif isinstance(error, RuntimeError) and "Symlink loop" in str(error):
        # as `Path.resolve` says before Python 3.13
        error = OSError(errno.ELOOP, str(error))
    # The same command can succeed once there is room, and goes on then.
    if number in LACKS:
        return KitError(
            "{what} {kept}",
            what=Message(LACKS[number]),
            kept=Message(
                "What was graded is saved; run the same command again to continue."
            ),
        )
    if isinstance(error, OSError):
        where = ""
        # The second name is the target of a rename.
        if name := error.filename2 or error.filename:
            where = f"{name}: "
        return KitError(
            "{where}{why}. Check that it is there and writable, or choose another place.",
            where=where,
            why=error.strerror or str(error),
        )
    return None


def say(text: str, file: TextIO | None = None, /, **values: object) -> None:
    """Print a sentence, with values, in the current language; to stdout unless a file is given."""
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = escape_control_characters(value, keep="")
    # At once, also into a log that somebody follows.
    print(escape_control_characters(tr(text, **values)), file=file, flush=True)


def submissions(number: int) -> str:
    """Return a number of submissions, in words."""
    return plural("1 submission", "{n} submissions", number)


def say_some(what: str, names: Sequence[str], between: str = ", ") -> None:
    """Print this with the first names, and how many more there are; nothing without names."""
    if not names:
        return
    shown = listed(names[:MAX_NAMES], between)
    if len(names) > MAX_NAMES:
        shown += tr(" and {count} more", count=len(names) - MAX_NAMES)
    say("{lead}: {text}", lead=what, text=shown)


@contextlib.contextmanager
def class_progress(
    assignment: str, files: Sequence[SubmittedFile]
) -> Iterator[Callable[[str, Report | None], None]]:
    """Print how many files are graded, now and then.

    Call what it yields after each submission, with None for a report that did not change.
    """
    readable = {file.id for file in files if not file.needs_review}
    total = len(readable)
    graded = 0
    unchanged = 0
    printed_at = time.monotonic()
    if total:
        say(
            "{assignment}: grading {count}",
            assignment=assignment,
            count=submissions(total),
        )

    def done(id: str, report: Report | None) -> None:
        nonlocal graded, unchanged, printed_at
        if id not in readable:
            return
        graded += 1
        unchanged += report is None
        is_time = time.monotonic() > printed_at + INTERVAL or graded == total
        if report is not None and is_time:
            printed_at = time.monotonic()
            say(
                "{assignment}: graded {done} of {total}",
                assignment=assignment,
                done=graded,
                total=total,
            )

    try:
        yield done
    finally:
        if unchanged:
            say(
                "{assignment}: {unchanged} of {total} did not change since the last run.",
                assignment=assignment,
                unchanged=unchanged,
                total=total,
            )
