"""A sample class of students: right in different styles, and wrong as students are."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from autograder import courses, exercises, languages
from autograder.cli.app import Jobs, Language, app
from autograder.cli.terminal import say
from autograder.grading import pool
from autograder.intake import released
from autograder.languages import ENGLISH
from autograder.reading.notebooks import mark_of
from autograder.settings import Settings

MARKERS = ("### ", "<!-- ")  # in lines of a solution that no student writes
ALL_RIGHT, EMPTY, UNTOUCHED = "amal", "quinn", "rosa"  # in every assignment
FIRST_ID = (
    2023010101  # of a Chinese class, which names its folders by id and name
)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN_NAMES = "芳伟娜强敏磊静军丽洋艳勇杰涛明超霞平刚英"


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option(help="Folder for the sample class and its results.")
    ] = Path("demo"),
    assignment: Annotated[
        str, typer.Option(help="The assignment; by default, all.")
    ] = "",
    jobs: Jobs = 0,
    language: Language = None,
) -> None:
    """Write a sample class, grade it, and list the pages to open."""
    names = [assignment] if assignment else courses.names()
    released.require(*names)
    pool.start()
    from autograder.cli.collecting import ClassFiles
    from autograder.cli.runs import grade_paths

    settings = Settings().with_options(
        language=language or languages.language()
    )
    languages.set_language(settings.language)
    say(
        "Wrote a sample class of {count} students to {out}/submitted/.\n",
        count=write_class(out, names, settings.language),
        out=out,
    )
    grade_paths(ClassFiles([out], out=out / "results"), jobs, settings)
    for name in names:
        say("Open {page} first.", page=out / "results" / name / "index.html")


def write_class(
    folder: Path, names: Sequence[str], language: str = ENGLISH
) -> int:
    """Write the sample class below `folder/submitted`, named in a language.

    Returns how many students it has.
    """
    from autograder.judging import gate  # imports torch

    students = {ALL_RIGHT, EMPTY, UNTOUCHED}
    for name in names:
        for exercise in exercises.load(name):
            students.update(exercise.students)
    for name in names:
        stub = json.loads(gate.stub(name).text)
        reference = json.loads(gate.reference(name).text)
        code = _solutions(reference, "code")
        texts = _solutions(reference, "markdown")
        for number, student in enumerate(sorted(students)):
            place = (
                f"{student}/{name}" if language == ENGLISH else _chinese(number)
            )
            path = folder / "submitted" / place / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            if student == EMPTY:
                path.write_bytes(b"")
                continue
            sources: dict[str, str] = {}
            if student != UNTOUCHED:
                sources |= code
                for exercise in exercises.load(name):
                    if student in exercise.students:
                        sources[exercise.name] = exercise.students[student]
                if (
                    number % 3 == 1
                ):  # the others leave the question in words out
                    sources |= texts
            path.write_text(_filled(stub, sources), encoding="utf-8")
    return len(students)


def _chinese(number: int) -> str:
    """Return the name of a student's folder: `2023010101_王芳`."""
    turn, place = divmod(number, len(SURNAMES))
    given_name = GIVEN_NAMES[(place + turn) % len(GIVEN_NAMES)]
    return f"{FIRST_ID + number}_{SURNAMES[place]}{given_name}"


def _solutions(notebook: dict, kind: str) -> dict[str, str]:
    """Return the text of each solution cell of a kind, without its markers."""
    texts = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == kind and mark_of(cell).get("solution"):
            lines = "".join(cell["source"]).splitlines(True)
            texts[cell["id"]] = "".join(
                line
                for line in lines
                if not any(marker in line for marker in MARKERS)
            )
    return texts


def _filled(stub: dict, sources: dict[str, str]) -> str:
    """Return a released notebook with these texts in its cells, by their ids."""
    cells = []
    for cell in stub["cells"]:
        if cell.get("id") in sources:
            cell = cell | {"source": sources[cell["id"]].splitlines(True)}
        cells.append(cell)
    return (
        json.dumps(stub | {"cells": cells}, indent=1, ensure_ascii=False) + "\n"
    )
