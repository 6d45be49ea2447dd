"""`gradescope-zip` makes an autograder for Gradescope; `gradescope-run` grades one submission there.

https://gradescope-autograders.readthedocs.io/en/latest/specs/: the .zip has `setup.sh` and an executable
`run_autograder` at its top; Gradescope unpacks it into /autograder/source.  Only instructors see it, so it
can contain the course's seed.
"""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from autograder import courses, platforms, settings
from autograder.cli.collecting import demand_known
from autograder.cli.stop import Stop
from autograder.cli.terminal import say
from autograder.languages import tr
from autograder.platforms import gradescope
from autograder.platforms.gradescope import Visibility
from autograder.reporting import atomic, text
from autograder.reporting.results_folder import RESULTS, ResultsFolder

SCRIPTS = Path(platforms.__file__).parent / "gradescope_scripts"


def write_bundle(assignment: str, out: Path, visibility: Visibility, unsafe: bool) -> None:
    """Write the .zip, with the current folder's settings.  Raises Stop."""
    demand_known(assignment)
    course = Path.cwd() / settings.FILE
    options = [assignment, "--visibility", visibility, *(["--unsafe"] if unsafe else [])]
    try:
        content = bundle(options, course if course.is_file() else None)
        out.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(out, content)
    except OSError as error:
        raise Stop(
            "Cannot write {out} ({why}). Choose another file with --out.", out=out, why=error.strerror
        ) from None
    with_seed = (
        tr("It contains this course's secret seed.")
        if course.is_file()
        else tr("It contains the public seed.")
    )
    say(
        "Wrote {out}. {with_seed} Upload it as the assignment's autograder, on Ubuntu 24.04 or newer.",
        out=out,
        with_seed=with_seed,
    )


def bundle(options: Sequence[str], course: Path | None) -> bytes:
    """The .zip.  options: of `gradescope-run`.  course: its autograder.toml.  Raises Stop, OSError."""
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        root = Path(folder, "source")
        _copy(SCRIPTS, root)
        for name in ("setup.sh", "run_autograder"):
            (root / name).chmod(0o755)
        for name, lines in (("options", options), ("requirements.txt", requirements())):
            (root / name).write_text("".join(f"{line}\n" for line in lines))
        if course:
            shutil.copyfile(course, root / settings.FILE)
            (root / settings.FILE).chmod(0o600)
        _copy(courses.PACKAGE, root / "kit" / "autograder")
        for kind in (courses.SOLUTIONS, courses.ASSIGNMENTS):  # in the package itself in a wheel
            _copy(courses.folder(kind), root / "kit" / "autograder" / "course" / kind)
        for kind in (courses.EXERCISES, courses.SOLUTIONS, courses.ASSIGNMENTS):  # a course's own, too
            if (own := courses.root()) and (own / kind).is_dir():
                _copy(own / kind, root / kind)
        return Path(shutil.make_archive(str(root), "zip", root)).read_bytes()


def _copy(source: Path, target: Path) -> None:
    left_out = shutil.ignore_patterns(".*", "__pycache__")
    shutil.copytree(source, target, ignore=left_out, copy_function=shutil.copyfile, dirs_exist_ok=True)


def requirements() -> list[str]:
    """The requirements of the kit's package.  Raises Stop if the kit is not installed."""
    found = importlib.metadata.entry_points(group="console_scripts", name="autograder")
    stated = next((each.dist.requires for each in found if each.dist), None)
    if stated is None:
        raise Stop(
            "The kit's requirements are unknown, because it is not installed. Run `pip install .` first."
        )
    return sorted(line for line in stated if "extra ==" not in line)


def run(assignment: str, root: Path, visibility: Visibility, unsafe: bool) -> bool:
    """Grade root/submission into root/results/results.json, always.  Returns whether there is a score."""
    try:
        tree = _graded(assignment, root / "submission", visibility, unsafe)
    except Exception as error:
        say(f"autograder: {tr(error) or type(error).__name__}", sys.stderr)
        tree = gradescope.without_a_score("", visibility)
    place = root / "results" / RESULTS
    place.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(place, json.dumps(tree, indent=1) + "\n")
    return "score" in tree


def _graded(assignment, submission, visibility, unsafe):
    if not any(submission.rglob("*")):
        return gradescope.without_a_score(tr("No file was submitted."), visibility)
    from autograder.cli import grading  # imports torch

    chosen = settings.load(Path.cwd()).with_options(unsafe=unsafe or None)
    with tempfile.TemporaryDirectory(prefix="autograder-") as work:
        # A class of one: whatever lies in the student's folder is this student's.
        given, out = Path(work, "class"), Path(work, "results")
        shutil.copytree(submission, given / "submission", symlinks=True)
        grading.grade_paths([given], out, assignment, 1, chosen)
        with ResultsFolder(out, assignment) as book:
            (report,) = book.reports()
        return gradescope.results(report, visibility, _said)


def _said(result):
    return "\n".join(part.line for part in text.parts(result))
