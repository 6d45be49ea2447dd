"""For nbgrader without our preprocessor: a notebook asks for its points, beside the student's code."""

import contextlib
import functools
import io
import json
from pathlib import Path
from typing import Any

from autograder import courses, settings
from autograder.assessment import Assessment
from autograder.errors import N_
from autograder.grading.session import Session
from autograder.intake import released
from autograder.intake.submission import Submission, Unreadable, open_submission, text_of
from autograder.languages import speak, tr
from autograder.nbgrader_bridge.cells import readable, without_hidden
from autograder.reporting import pages
from autograder.results import Report

NO_SANDBOX = N_(
    "Graded in the notebook's own kernel, without a sandbox. Code in the notebook could have "
    "changed this result."
)


def in_kernel(assignment: str, name: str) -> None:
    """Show the points of an exercise, as `fill` does, before the visible check in the same cell can raise."""
    from IPython import get_ipython

    shell = get_ipython()
    courses.use(settings.root_above(Path.cwd().parent.parent))
    with contextlib.redirect_stderr(io.StringIO()):  # any word on stderr would be 0 points
        report = Assessment(_judged(assignment, *_what_counts(assignment, _own_text(shell, assignment))))
        html = pages.notes(report) + pages.exercise(report, name, tr(NO_SANDBOX))
    # a plain number for nbgrader, and our words for people
    score = type("Score", (float,), {"_repr_html_": lambda self: html})
    shell.displayhook(score(report.points_of(name) or 0))


def _own_text(shell: Any, assignment: str) -> str:
    """Return the notebook that runs here: the file, with its later cells, if it has all that was run."""
    run = [source.strip() for source in shell.history_manager.input_hist_raw if source.strip()]
    nb, problem = readable(open_submission(Path(f"{assignment}.ipynb").absolute(), "notebook"))
    sources = [cell.source.strip() for cell in nb.cells if cell.cell_type == "code"]
    if problem or not set(run) <= set(sources):
        sources = run
    cells = [{"cell_type": "code", "metadata": {}, "source": without_hidden(source)} for source in sources]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _what_counts(assignment: str, text: str) -> tuple[str, str]:
    """Return the text to judge and its suffix: of the `.py` beside it if only that was written in."""
    release = released.release_of(assignment)
    with contextlib.suppress(Unreadable):
        beside = text_of(Path(f"{assignment}.py").absolute())
        is_blank = not release.written(released.pieces(text, ".ipynb"))
        if is_blank and release.written(released.pieces(beside, ".py")):
            return beside, ".py"
    return text, ".ipynb"


@functools.lru_cache(maxsize=4)  # a notebook's test cells ask one after another
def _judged(assignment: str, text: str, suffix: str = ".ipynb") -> Report:
    # The notebook's folder, and perhaps the student's folder above it, contain what the student submitted,
    # which can include an autograder.toml.  The course's own is above these.
    chosen = settings.load(settings.root_above(Path.cwd().parent.parent))
    speak(chosen.language)
    # No gate: a cell has 30 s, and each notebook would have to grade the reference again.
    with Session(assignment, chosen, with_gate=False) as session:
        return session.report(Submission("notebook", f"{assignment}{suffix}", text, suffix))
