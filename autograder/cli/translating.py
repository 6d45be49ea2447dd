"""`autograder translate`: keeps the catalogues in step with the sentences, and says what has no translation.

Sentences are what is said through `tr`, what stands in rooms' modules of words, and what exercises declare.
"""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from autograder import exercises, languages

PACKAGE = Path(__file__).parents[1]
# The places of arguments that are sentences, or parts of one.
SPOKEN = {"tr": 0, "that": 1, "close": 2, "within": 3}
# Modules whose constants are sentences; and names there that are not.
WORDS = ("reporting.words", "judging.wording", "authoring.expect", "sandbox.ended")
NO_WORDS = {"EXPLAINED", "UNREAD", "DATE"}


def sentences() -> dict[str, list[str]]:
    """Each English sentence of the kit, and the files where it is said."""
    found: dict[str, list[str]] = {}
    for text, where in (*_spoken(), *_constant(), *_declared()):
        places = found.setdefault(text, [])
        if where not in places:
            places.append(where)
    return found


def _spoken() -> Iterator[tuple[str, str]]:
    """The literal arguments of calls in the kit's sources; of a name, all literals that it is given."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        given: dict[str, list[str]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for name, value in _pairs(node.targets[0], node.value):
                    given.setdefault(name, []).append(value)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            place = SPOKEN.get(getattr(node.func, "attr", getattr(node.func, "id", "")))
            if place is None or len(node.args) <= place:
                continue
            argument = node.args[place]
            texts = [argument.value] if isinstance(argument, ast.Constant) else []
            texts += given.get(argument.id, []) if isinstance(argument, ast.Name) else []
            for text in texts:
                if isinstance(text, str) and is_sentence(text):
                    yield text, path.relative_to(PACKAGE.parent).as_posix()


def _pairs(target, value):
    """The names that an assignment gives literals."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, its in zip(target.elts, value.elts):
            yield from _pairs(one, its)
    elif isinstance(target, ast.Name) and isinstance(value, ast.Constant):
        yield target.id, value.value


def _constant() -> Iterator[tuple[str, str]]:
    for name in WORDS:
        module = import_module(f"autograder.{name}")
        where = f"autograder/{name.replace('.', '/')}.py"
        constants = [value for key, value in vars(module).items() if key.isupper() and key not in NO_WORDS]
        explained = tuple(words for *_, words in getattr(module, "EXPLAINED", ()))
        for text in _strings((*constants, explained)):
            if is_sentence(text) or (name == "reporting.words" and any(map(str.isalpha, _bare(text)))):
                yield text, where


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, dict):
        yield from _strings(tuple(value.values()))


def _declared() -> Iterator[tuple[str, str]]:
    """Titles, hints and words of mistakes, exercise by exercise."""
    for assignment in exercises.assignments():
        for exercise in exercises.of(assignment):
            where = f"autograder/exercises/{assignment}/{exercise.name}.py"
            for check in exercise.checks:
                yield check.title, where
                yield check.hint, where
            for mistake in exercise.mistakes:
                yield mistake.says, where


def is_sentence(text: str) -> bool:
    """Whether it says anything besides what fills it, and is no name."""
    bare = _bare(text)
    return any(map(str.isalpha, bare)) and not text.strip().isidentifier()


def _bare(text):
    try:
        return "".join(part for part, *_ in string.Formatter().parse(text))
    except ValueError:  # a brace that is meant as one
        return text


def fields(text: str) -> set[str]:
    """What fills a sentence's braces, each with its format."""
    try:
        return {f"{name}:{form}" for _, name, form, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return set()


def template(found: dict[str, list[str]]) -> Catalog:
    """A catalogue without translations."""
    catalog = Catalog()
    for text, places in found.items():
        catalog.add(text, locations=[(place, 0) for place in places])
    return catalog


def brought_up(path: Path, found: dict[str, list[str]]) -> bytes:
    """A catalogue as it should stand: with all sentences and no others.

    What was changed in English keeps its old translation, marked as doubtful.
    """
    catalog = _open(path)
    catalog.update(template(found))
    catalog.obsolete.clear()
    return _bytes(catalog)


def _open(path):
    with open(path, "rb") as file:
        return read_po(file)


def _bytes(catalog):
    file = BytesIO()
    for message in catalog:
        message.flags.discard("python-format")
    write_po(file, catalog, width=100, omit_header=True, include_lineno=False)
    return file.getvalue()


def catalogues() -> dict[Path, dict[str, list[str]]]:
    """Each catalogue, and the sentences that belong in it."""
    found = sentences()
    return {
        languages.FOLDER / f"{name}.po": found for name in languages.LANGUAGES if name != languages.ENGLISH
    }


def problems() -> list[str]:
    """A line for each catalogue that is out of step, and each sentence without a whole translation."""
    lines = []
    for path, found in catalogues().items():
        name, known = path.name, languages.read(path)
        if brought_up(path, found) != path.read_bytes():
            lines.append(f"{name} is out of step: run `autograder translate`")
        for text in found:
            if text not in known:
                lines.append(f"{name} has no translation of {text!r}")
            elif fields(text) != fields(known[text]):
                lines.append(f"{name} fills other names into {text!r}")
    return lines


def bring_up() -> list[Path]:
    """Write each catalogue anew; those that changed."""
    changed = []
    for path, found in catalogues().items():
        made = brought_up(path, found)
        if made != path.read_bytes():
            path.write_bytes(made)
            changed.append(path)
    return changed
