"""`forget`: removes all that was written about one student."""

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.app import app
from autograder.cli.terminal import Stop, say
from autograder.errors import N_
from autograder.intake import archives
from autograder.intake.layouts import CONFIG
from autograder.reporting import review
from autograder.reporting.results_folder import RESULTS, ResultsFolder

OF_COURSE = N_("{folder} belongs to a course. Run `autograder forget --course {course} {id}`.")


@app.command()
def forget(
    words: Annotated[list[str], typer.Argument(metavar="[RESULTS] ID", help="A results folder, and an id.")],
    course: Annotated[Path | None, typer.Option(help="A course; name no RESULTS then.")] = None,
) -> None:
    """Remove all that was written about one student: results and pages.

    With --course, also from the gradebook and the course's folders. Submissions that you grade from
    another folder, an exchange, exported gradebooks and backups are left to you.
    """
    *places, id = words
    if len(places) != (1 if course is None else 0):
        raise Stop("Run autograder forget RESULTS ID, or autograder forget --course COURSE ID.")
    if course is None:
        was_there = _forget_results(Path(places[0]), id)
    else:
        if Path(id).name != id:
            raise Stop("{id} is not the id of a student. Give the name of the student's folder.", id=id)
        from autograder.nbgrader_bridge import course as bridge

        was_there = bridge.forget(course, id)
    if not was_there:
        raise Stop("Found nothing about {id}. The ids are in grades.csv.", 1, id=id)
    say("Removed {id}.", id=id)


def _forget_results(folder: Path, id: str) -> bool:
    folder = folder.resolve()
    is_one = (folder / RESULTS).is_file()
    places = [folder] if is_one else [path.parent for path in folder.glob(f"*/{RESULTS}")]
    if not places:
        raise Stop("No results in {folder}. Name the folder that --out named.", folder=folder)
    # without --assignment, --out names the folder above
    roots = [folder, folder.parent] if is_one else [folder]
    course = roots[-1].parent
    if (course / CONFIG).is_file() and not all((place / review.FILE).is_file() for place in places):
        raise Stop(OF_COURSE, folder=folder, course=course, id=id)
    was_there = False
    for place in sorted(places):
        with ResultsFolder(place, "") as results:
            was_there = results.forget(id) or was_there
    for root in roots:  # the next run unpacks what is still submitted
        archives.remove_others(root / archives.UNPACKED, archives.Unpacked())
    return was_there
