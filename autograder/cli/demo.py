"""A sample class of students, in nbgrader's layout: right in different styles, and wrong as
students are.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from autograder import courses, exercises, languages, settings
from autograder.cli.app import Jobs, Language, app
from autograder.cli.collecting import ClassFiles
from autograder.cli.grading import grade_paths
from autograder.cli.terminal import say
from autograder.grading import pool
from autograder.intake import released
from autograder.languages import ENGLISH
from autograder.reading.notebooks import mark_of

MARKS = "### ", "<!-- "  # lines of a solution that no student writes
ALL_RIGHT, EMPTY, UNTOUCHED = "amal", "quinn", "rosa"  # whatever the exercises are
FIRST_ID = 2023010101  # of a Chinese class, which names its folders by id and name
SURNAMES, GIVEN_NAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗",
    "芳伟娜强敏磊静军丽洋艳勇杰涛明超霞平刚英",
)


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
    spoken = settings.Settings().with_options(language=language or languages.language())
    languages.speak(spoken.language)
    count = write_class(out, names, spoken.language)
    say(
        "Wrote a sample class of {count} students to {out}/submitted/.\n",
        count=count,
        out=out,
    )
    grade_paths(ClassFiles([out], out=out / "results"), jobs, spoken)
    for name in names:
        say("Open {page} first.", page=out / "results" / name / "index.html")


def write_class(folder: Path, names: Sequence[str], language: str = ENGLISH) -> int:
    """Write the sample class below `folder/submitted`, named in a language.  Returns how many
    students.
    """
    from autograder.judging import gate  # imports torch

    known = (
        student
        for name in names
        for exercise in exercises.load(name)
        for student in exercise.students
    )
    students = {ALL_RIGHT, EMPTY, UNTOUCHED, *known}
    for name in names:
        stub = json.loads(gate.stub(name).text)
        reference, answers = _sources(json.loads(gate.reference(name).text))
        for number, student in enumerate(sorted(students)):
            own_folder = (
                f"{student}/{name}" if language == ENGLISH else _chinese_name(number)
            )
            path = folder / "submitted" / own_folder / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            if student == EMPTY:
                path.write_bytes(b"")
                continue
            own = {
                e.name: e.students[student]
                for e in exercises.load(name)
                if student in e.students
            }
            said = (
                answers if number % 3 == 1 else {}
            )  # the others leave the question out
            sources = {} if student == UNTOUCHED else reference | own | said
            notebook = json.loads(json.dumps(stub))
            for cell in notebook["cells"]:
                if cell.get("id") in sources:
                    cell["source"] = sources[cell["id"]].splitlines(True)
            text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
            path.write_text(text, encoding="utf-8")
    return len(students)


def _chinese_name(number: int) -> str:
    """Return the name of a student's folder: `2023010101_王芳`."""
    turn, place = divmod(number, len(SURNAMES))
    return f"{FIRST_ID + number}_{SURNAMES[place]}{GIVEN_NAMES[(place + turn) % len(GIVEN_NAMES)]}"


def _sources(notebook: dict) -> tuple[dict[str, str], dict[str, str]]:
    """Return the code or the answer of each solution cell, without its markers."""
    sources: dict[str, dict[str, str]] = {"code": {}, "markdown": {}}
    for cell in notebook["cells"]:
        if mark_of(cell).get("solution"):
            lines = "".join(cell["source"]).splitlines(True)
            kept = [line for line in lines if not any(mark in line for mark in MARKS)]
            sources[cell["cell_type"]][cell["id"]] = "".join(kept)
    return sources["code"], sources["markdown"]
