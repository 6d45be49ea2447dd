"""`autograder translate`: updates the catalogues, and lists the sentences without a translation."""

import functools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog

from autograder import courses, exercises, languages
from autograder.cli import help
from autograder.cli.app import command_line
from autograder.languages import catalogues
from autograder.nbgrader_bridge import edition

PACKAGE = courses.PACKAGE
EXERCISES = PACKAGE / courses.EXERCISES
# An error with a sentence; Ended takes a key of ENDS instead.
ERROR = re.compile(r"(?m)^class ((?!Ended)[A-Z]\w+)\((?:KitError|ValueError|WrongPath|SandboxError)\):$")
# The functions that take sentences, and in which argument.
KEYWORDS = {
    **dict.fromkeys(("tr", "N_", "Stop", "say")),
    **dict.fromkeys(ERROR.findall("\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py")))),
    "plural": (1, 2),
    "that": (2,),
    "close": (3,),
    "within": (4,),
    "_number": (4,),
    "_choice": (3,),
}


@functools.cache
def sentences() -> Catalog:
    """Return each English sentence of the kit itself, and the files that contain it."""
    files = [path for ending in ("py", "html", "j2") for path in PACKAGE.rglob(f"*.{ending}")]
    files = [path for path in files if EXERCISES not in path.parents]
    helps = [(text, "", "autograder/cli/app.py") for text in help.sentences(command_line())]
    return catalogues.template([*_marked(PACKAGE, files), *helps])


def of_exercises(assignment: str) -> Catalog:
    """Return each English sentence of an assignment's exercises that is not one of the kit's."""
    folder = courses.folder(courses.EXERCISES, assignment)
    said: list[tuple[catalogues.Text, str, str]] = []
    for exercise in exercises.load(assignment):
        texts = [text for check in exercise.checks for text in (check.title, check.hint)]
        texts += [mistake.says for mistake in exercise.mistakes]
        said += [(text, "", f"{assignment}/{exercise.name}.py") for text in texts]
    said += _marked(folder, folder.rglob("*.py"))
    return catalogues.template(one for one in said if one[0] not in sentences())


def _marked(folder: Path, files: Iterable[Path]) -> Iterator[tuple[catalogues.Text, str, str]]:
    for path in sorted(files):
        if not path.stem.endswith("_oracle"):  # what only `check` says
            where = path.relative_to(folder.parent).as_posix()
            yield from ((text, "", where) for text in catalogues.extracted(path, KEYWORDS))


def all_catalogues(root: Path) -> dict[Path, Catalog]:
    """Return each catalogue of a course, with the kit's unless the course has exercises of its own."""
    names = courses.names()
    own = [name for name in names if courses.is_own(name)]
    found: dict[Path, Catalog] = {}
    for language in languages.LANGUAGES:
        if language != languages.ENGLISH:
            if not own:
                found[languages.FOLDER / f"{language}.po"] = sentences()
            for name in own or names:
                found[courses.catalogue(name, language)] = of_exercises(name)
            found |= edition.sentences(root, language)
    return found
