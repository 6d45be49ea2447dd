"""What `gradescope-zip` and `gradescope-run` do: a bundle for Gradescope, and a submission graded there."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from autograder import settings
from autograder.cli.collecting import demand_known
from autograder.cli.stop import Stop
from autograder.cli.terminal import say
from autograder.languages import tr
from autograder.reporting import atomic, exports, gradescope, gradescope_bundle, words
from autograder.reporting.gradescope import Visibility


def write_bundle(assignment: str, out: Path, visibility: Visibility, unsafe: bool) -> None:
    """Write the .zip, with the current folder's settings.  Raises Stop."""
    demand_known(assignment)
    course = Path.cwd() / settings.FILE
    options = [assignment, "--visibility", str(visibility), *(["--unsafe"] if unsafe else [])]
    try:
        content = gradescope_bundle.bundle(options, course if course.is_file() else None)
        out.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(out, content)
    except gradescope_bundle.NotInstalled:
        raise Stop(
            tr("the kit is not installed, so what it needs is not known: pip install . first")
        ) from None
    except OSError as error:
        raise Stop(
            tr("cannot write {out} ({why}): choose another file with --out", out=out, why=error.strerror)
        ) from None
    with_seed = (
        tr("with this course's seed; keep it secret") if course.is_file() else tr("with the public seed")
    )
    say(
        tr(
            "wrote {out} ({with_seed}): upload it as the assignment's autograder, on Ubuntu 24.04 or newer",
            out=out,
            with_seed=with_seed,
        )
    )


def run(assignment: str, root: Path, visibility: Visibility, unsafe: bool) -> bool:
    """Grade root/submission into root/results/results.json; whether there is a score.

    Whatever goes wrong, there is a results.json without one, and the reason stands on stderr.
    """
    try:
        tree = _graded(assignment, root / "submission", visibility, unsafe)
    except Exception as error:
        say(f"autograder: {error or type(error).__name__}", sys.stderr)
        tree = gradescope.without_a_score(str(words.COULD_NOT), visibility)
    place = root / "results" / exports.RESULTS
    place.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(place, json.dumps(tree, indent=1) + "\n")
    return "score" in tree


def _graded(assignment, submission, visibility, unsafe):
    from autograder.cli import grading

    chosen = settings.load(Path.cwd()).with_options(unsafe=unsafe or None)
    if not any(submission.rglob("*")):
        return gradescope.without_a_score(str(words.NOTHING), visibility)
    with tempfile.TemporaryDirectory(prefix="autograder-") as work:
        # A class of one: whatever lies in the student's folder is this student's.
        given, out = Path(work, "class"), Path(work, "results")
        shutil.copytree(submission, given / "submission", symlinks=True)
        grading.grade_paths([given], out, assignment, 1, chosen, None)
        (report,) = exports.read(out).reports
        return gradescope.results(report, visibility)
