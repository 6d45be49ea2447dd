"""`forget`: removes all that was written about one student."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from autograder import patches
from autograder.cli.app import app
from autograder.cli.terminal import Stop, say
from autograder.reporting import atomic
from autograder.reporting.results_folder import RESULTS, ResultsFolder
from autograder.untrusted_text import escape_control_characters, safe_name
from autograder.watching.attempts import JOURNAL, Attempts
from autograder.watching.folder import PAGES, UNPACKED
from autograder.watching.watcher import LOG, STATE, InUse


@app.command()
def forget(
    words: Annotated[list[str], typer.Argument(metavar="[RESULTS] ID", help="A results folder, and an id.")],
    course: Annotated[Path | None, typer.Option(help="A course; name no RESULTS then.")] = None,
) -> None:
    """Remove all that was written about one student: results, pages, and what a watcher recorded.

    With --course, also from the gradebook and the course's folders. Submissions that you grade from
    another folder, an exchange, exported gradebooks and backups are left to you.
    """
    *places, id = words
    if len(places) != (course is None):
        raise Stop("Run autograder forget RESULTS ID, or autograder forget --course COURSE ID.")
    if course is None:
        was_there = _forget_results(Path(places[0]), id)
    else:
        if Path(id).name != id:
            raise Stop("{id} is not the id of a student. Give the name of the student's folder.", id=id)
        with patches.without_iri_grammar():
            from autograder.nbgrader_bridge import course as bridge
            from autograder.nbgrader_bridge import forgetting
        is_watched = _forget_watched(course / bridge.RESULTS, id)
        was_there = forgetting.forget(course, id) or is_watched
    if not was_there:
        raise Stop("Found nothing about {id}. The ids are in grades.csv.", 1, id=id)
    say("Removed {id}.", id=id)


def _forget_results(folder: Path, id: str) -> bool:
    """Forget a student of one assignment's results, or of all below a folder."""
    places = (
        [folder] if (folder / RESULTS).is_file() else [path.parent for path in folder.glob(f"*/{RESULTS}")]
    )
    if not places and not (folder / JOURNAL).is_file():
        raise Stop("No results in {folder}. Name the folder that --out named.", folder=folder)
    was_there = _forget_watched(folder, id)
    for place in sorted(places):
        with ResultsFolder(place, "") as results:
            was_there = results.forget(id) or was_there
    shutil.rmtree(folder / UNPACKED, ignore_errors=True)  # the next run unpacks what is still submitted
    return was_there


def _forget_watched(folder: Path, id: str) -> bool:
    """Forget what a watcher wrote about a student.  Raises InUse while it runs."""
    if not (folder / JOURNAL).is_file():
        return False
    try:
        with Attempts(folder, timedelta(0)) as attempts:
            was_there = any(student == id for student, _ in attempts.last)
            attempts.forget(id)
    except atomic.InUse:
        raise InUse("A watcher is writing to {folder}. Stop it first.", folder=folder) from None
    (folder / STATE).unlink(missing_ok=True)  # the next watcher writes it
    shutil.rmtree(folder / PAGES / safe_name(id), ignore_errors=True)
    shown = escape_control_characters(id, "")
    for path in folder.glob(f"{LOG}*"):
        lines = path.read_text("utf-8", "replace").splitlines(keepends=True)
        kept = [
            line for line in lines if not line.partition(" ")[2].partition(" ")[2].startswith(f"{shown}, ")
        ]
        atomic.write(path, "".join(kept))
    return was_there
