"""What `gradescope-zip` and `gradescope-run` do: an autograder for Gradescope, and a submission graded there.

https://gradescope-autograders.readthedocs.io/en/latest/specs/: `setup.sh` and an executable
`run_autograder` lie at the top of the .zip; all is unpacked into /autograder/source.  Instructors alone see
it, so the course's seed may travel with it.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
import shutil
import stat
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
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
LEFT_OUT = ("__pycache__", ".ipynb_checkpoints")


def write_bundle(assignment: str, out: Path, visibility: Visibility, unsafe: bool) -> None:
    """Write the .zip, with the current folder's settings.  Raises Stop."""
    demand_known(assignment)
    course = Path.cwd() / settings.FILE
    options = [assignment, "--visibility", str(visibility), *(["--unsafe"] if unsafe else [])]
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
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("setup.sh", "run_autograder"):
            _put(archive, name, (SCRIPTS / name).read_bytes(), 0o755)
        _put(archive, "options", "".join(f"{option}\n" for option in options).encode())
        _put(archive, "requirements.txt", "".join(f"{line}\n" for line in requirements()).encode())
        if course:
            _put(archive, settings.FILE, course.read_bytes(), 0o600)
        for name, path in (*_kit(), *_own()):
            _put(archive, name, path.read_bytes())
    return packed.getvalue()


def requirements() -> list[str]:
    """What the kit needs, as its package says it.  Raises Stop where it runs from a folder."""
    found = importlib.metadata.entry_points(group="console_scripts", name="autograder")
    stated = next((each.dist.requires for each in found if each.dist), None)
    if stated is None:
        raise Stop(
            "The kit's requirements are unknown, because it is not installed. Run `pip install .` first."
        )
    return sorted(line for line in stated if "extra ==" not in line)


def _kit() -> Iterator[tuple[str, Path]]:
    """The package, with solutions and assignments where a wheel has them."""
    packed = courses.PACKAGE / "course"
    kit = "kit/autograder/"
    yield from ((name, path) for name, path in _files(kit, courses.PACKAGE) if packed not in path.parents)
    for kind in (courses.SOLUTIONS, courses.ASSIGNMENTS):
        yield from _files(f"{kit}course/{kind}/", courses.folder(kind))


def _own() -> Iterator[tuple[str, Path]]:
    """The course's own assignments, where run_autograder finds them beside autograder.toml."""
    if course := courses.root():
        for kind in (courses.EXERCISES, courses.SOLUTIONS, courses.ASSIGNMENTS):
            yield from _files(f"{kind}/", course / kind)


def _files(above, root):
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        hidden = any(part in LEFT_OUT or part.startswith(".") for part in name.parts)
        if path.is_file() and not hidden:
            yield above + name.as_posix(), path


def _put(archive, name, content, mode=0o644):
    member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the same kit makes the same bytes
    member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, (stat.S_IFREG | mode) << 16
    archive.writestr(member, content)


def run(assignment: str, root: Path, visibility: Visibility, unsafe: bool) -> bool:
    """Grade root/submission into root/results/results.json; whether there is a score.

    Whatever goes wrong, there is a results.json without one, and the reason stands on stderr.
    """
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
    """What a student reads of a check."""
    return "\n".join(part.line for part in text.parts(result))
