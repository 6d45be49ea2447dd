"""For a plain nbgrader, without our preprocessor: the notebook's own kernel asks for the points.

Not to be trusted, since it runs beside the student's code, and it says so.
"""

import contextlib
import functools
import io
import json
from pathlib import Path

from autograder import courses, settings
from autograder.errors import N_
from autograder.grading.session import Session
from autograder.intake import released
from autograder.intake.submission import Submission, Unreadable, open_submission, text_of
from autograder.languages import speak, tr
from autograder.nbgrader_bridge.execute import earned
from autograder.nbgrader_bridge.exporter import readable
from autograder.nbgrader_bridge.hidden import clearer, without_hidden
from autograder.reporting import pages
from autograder.results import Report

NO_SANDBOX = N_(
    "Graded in the notebook's own kernel, without a sandbox. Code in the notebook could have "
    "changed this result."
)


class Score(float):
    """Shows itself as a plain number, which nbgrader reads, and as our words, which people read."""

    html = ""

    def _repr_html_(self):
        return self.html


def in_kernel(assignment: str, name: str) -> None:
    """Show the points of an exercise; called by the hidden region of its test cell.

    As `fill` would, before the visible check below it can raise.  Raises NeedsReview, which counts as 0.
    """
    from IPython import get_ipython

    shell = get_ipython()
    courses.use(settings.root_above(Path.cwd().parent.parent))
    with contextlib.redirect_stderr(io.StringIO()):  # any word on stderr would be 0 points
        report = _judged(assignment, *_what_counts(assignment, _own_text(shell, assignment)))
        worth = sum(result.points for result in report.results if result.exercise == name)
        score = Score(earned(report, name, worth))
        score.html = pages.notes(report) + pages.exercise(report, name, tr(NO_SANDBOX))
    shell.displayhook(score)


def _own_text(shell, assignment):
    """The notebook that runs here: the file that nbgrader wrote, or what was run so far.

    nbgrader runs a notebook in the folder where it lies.  The file also has the cells that are still
    to come, where a function may be mended; it counts if it holds all that was run.
    """
    run = [source.strip() for source in shell.history_manager.input_hist_raw if source.strip()]
    nb, problem = readable(open_submission(Path(f"{assignment}.ipynb").absolute(), "notebook"))
    own = [cell.source.strip() for cell in nb.cells if cell.cell_type == "code"]
    if problem or not set(run) <= set(own):
        own = run
    clear = clearer()
    cells = [{"cell_type": "code", "metadata": {}, "source": without_hidden(source, clear)} for source in own]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _what_counts(assignment, text):
    """The text that is judged, and its ending: that of the `.py` beside, where only it was written in."""
    own = released.of(assignment)
    with contextlib.suppress(Unreadable):
        beside = text_of(Path(f"{assignment}.py").absolute())
        if not own.written(text, ".ipynb") and own.written(beside, ".py"):
            return beside, ".py"
    return text, ".ipynb"


@functools.lru_cache(maxsize=4)  # a notebook's test cells ask one after another
def _judged(assignment: str, text: str, suffix: str = ".ipynb") -> Report:
    # Beside the notebook lies what the student submitted, an autograder.toml too if they like, and perhaps
    # in the folder of all their assignments: the course's own lies above these.
    chosen = settings.load(settings.root_above(Path.cwd().parent.parent))
    speak(chosen.language)
    # The gate stays shut: a cell has 30 s, and the reference would be paid for in each notebook anew.
    with Session(assignment, chosen, with_gate=False) as session:
        return session.report(Submission("notebook", f"{assignment}{suffix}", text, suffix))
