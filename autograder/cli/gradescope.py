"""`gradescope-zip` makes an autograder for Gradescope; `gradescope-run` grades one submission
there.

https://gradescope-autograders.readthedocs.io/en/latest/specs/: the .zip has `setup.sh` and
an executable `run_autograder` at its top; Gradescope unpacks it into /autograder/source.
Only instructors see it, so it can contain the course's seed.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from autograder import atomic, courses, platforms
from autograder import settings as course_settings
from autograder.assessment import Assessment
from autograder.cli.app import Unsafe, app, settings_of
from autograder.cli.terminal import say
from autograder.grading import pool
from autograder.intake import released
from autograder.languages import tr
from autograder.platforms import gradescope
from autograder.platforms.gradescope import Visibility
from autograder.reporting import cards
from autograder.results import Result

SCRIPTS = Path(platforms.__file__).parent / "gradescope_scripts"
Visible = Annotated[
    Visibility,
    typer.Option("--visibility", help="When students see their results."),
]


@app.command("gradescope-zip")
def gradescope_zip(
    assignment: Annotated[str, typer.Argument(help="The assignment to grade.")],
    out: Annotated[Path, typer.Option(help="The .zip to write.")],
    visibility: Visible = "visible",
    unsafe: Unsafe = False,
) -> None:
    """Make an autograder for Gradescope: a .zip with this kit and the course's autograder.toml."""
    released.require(assignment)
    settings_of(Path.cwd())
    options = [assignment, "--visibility", visibility]
    if unsafe:
        options.append("--unsafe")
    out.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(out, bundle(options))
    say(
        "Wrote {out}. It contains this course's seed. Upload it as the assignment's "
        "autograder, on Ubuntu 24.04 or newer.",
        out=out,
    )


def bundle(options: Sequence[str]) -> bytes:
    """Return the .zip, with the current folder's settings.  options: of `gradescope-run`."""
    # Without .git and hidden folders, which may be large or private.
    copy = partial(
        shutil.copytree,
        ignore=shutil.ignore_patterns(".*", "__pycache__"),
        copy_function=shutil.copyfile,
        dirs_exist_ok=True,
    )
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        root = Path(folder, "source")
        kit = root / "kit" / "autograder"
        copy(SCRIPTS, root)
        copy(courses.PACKAGE, kit)
        for kind in (courses.SOLUTIONS, courses.ASSIGNMENTS):
            copy(courses.folder(kind), kit / "course" / kind)
        if course := courses.root():
            for kind in (
                courses.EXERCISES,
                courses.SOLUTIONS,
                courses.ASSIGNMENTS,
            ):
                if (course / kind).is_dir():
                    copy(course / kind, root / kind)
        for name in ("setup.sh", "run_autograder"):
            (root / name).chmod(0o755)
        _write_lines(root / "options", options)
        _write_lines(root / "requirements.txt", requirements())
        if Path(course_settings.FILE).is_file():
            copied = shutil.copyfile(
                course_settings.FILE, root / course_settings.FILE
            )
            # It has the seed, and another user may run the student's code.
            copied.chmod(0o600)
        return Path(shutil.make_archive(str(root), "zip", root)).read_bytes()


def _write_lines(file: Path, lines: Sequence[str]) -> None:
    file.write_text("".join(f"{line}\n" for line in lines))


def requirements() -> list[str]:
    """Return what the kit's package requires."""
    (script,) = entry_points(group="console_scripts", name="autograder")
    lines = getattr(script.dist, "requires", None) or []
    return sorted(line for line in lines if "extra ==" not in line)


@app.command("gradescope-run", hidden=True)
def run(
    assignment: str,
    root: Annotated[Path, typer.Option()] = Path("/autograder"),
    visibility: Visible = "visible",
    unsafe: Unsafe = False,
) -> None:
    """What run_autograder calls, on Gradescope's machine: always writes results/results.json
    below root.
    """
    pool.start()
    try:
        tree = _graded(assignment, root / "submission", visibility, unsafe)
    except Exception as error:
        # Whatever it is, Gradescope waits for a results.json.
        say(f"autograder: {tr(error) or type(error).__name__}", sys.stderr)
        tree = gradescope.without_a_score("", visibility)
    place = root / "results" / "results.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(place, json.dumps(tree, indent=1) + "\n")
    raise typer.Exit("score" not in tree)


def _graded(
    assignment: str, submission: Path, visibility: Visibility, unsafe: bool
) -> dict:
    from autograder.cli.collecting import Request
    from autograder.cli.runs import grade_paths
    from autograder.reporting.results_folder import ResultsFolder

    if not any(submission.rglob("*")):
        return gradescope.without_a_score(
            tr("No file was submitted."), visibility
        )
    settings = course_settings.load(Path.cwd()).with_options(
        unsafe=unsafe or None
    )
    with tempfile.TemporaryDirectory(prefix="autograder-") as work:
        # A class of one: whatever lies in the student's folder is this student's.
        given, out = Path(work, "class"), Path(work, "results")
        shutil.copytree(submission, given / "submission", symlinks=True)
        grade_paths(Request([given], assignment, out), 1, settings)
        with ResultsFolder(out, assignment) as book:
            (assessment,) = book.assessments()
    return gradescope.results(assessment, visibility, messages(assessment))


def messages(assessment: Assessment) -> Callable[[Result], str]:
    """Return a function that makes a check's text; each reason is given once, as on pages."""
    same_as = {}  # exercise and check -> the title of the check that has the reason
    for results in assessment.exercises.values():
        for card in cards.Section(results, (), "").cards:
            for other in card.others:
                same_as[other.result.exercise, other.result.check] = card.title

    def message(result: Result) -> str:
        if title := same_as.get((result.exercise, result.check)):
            return tr('Fails for the same reason as "{title}".', title=title)
        return "\n".join(
            paragraph.line for paragraph in cards.paragraphs(result)
        )

    return message
