"""One frozen value for all that changes how a run grades: a course's own file, overridden by options.

Every command reads the same file, and each report has the value's digest.  Knows nothing of what the
numbers do.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import secrets
import stat
import tomllib
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.errors import N_
from autograder.languages import ENGLISH, LANGUAGES, language, spoken, tr

FILE = "autograder.toml"
PUBLIC_SEED = 20260901  # of a course without a file: whoever has the kit can work its cases out
LARGEST_SEED = (1 << 63) - 1
NOT_ALLOWED = N_("{name} = {value} is not allowed: write {wanted}")


class SettingsError(ValueError):
    """A setting that cannot be: one sentence with the key and what is allowed."""


def _number(default: float, least: float, most: float, what: str) -> Any:
    return field(default=default, metadata={"least": least, "most": most, "what": what})


def _choice(default: str, choices: tuple[str, ...], what: str) -> Any:
    return field(default=default, metadata={"choices": choices, "what": what})


@dataclass(frozen=True)
class Settings:
    """How a run grades.  Raises SettingsError for a value out of its range or of another type.

    unsafe: grade where the sandbox lacks layers; only an option of the command line sets it.
    """

    seed: int = _number(PUBLIC_SEED, 0, LARGEST_SEED, "the course's seed")
    memory: int = _number(1024, 300, 1 << 20, "MiB of memory for each submission")
    load_seconds: float = _number(4.0, 0.1, 600, "CPU time for the statements that a function needs")
    check_seconds: float = _number(2.0, 0.1, 600, "CPU time for all cases of a check")
    single_seconds: float = _number(6.0, 0.1, 600, "for a check that asks call by call, on large data")
    shared_seconds: float = _number(0.5, 0.05, 600, "for each check where functions share a worker")
    submission_seconds: float = _number(60.0, 1, 36_000, "for a submission, computed or slept, in all")
    shrink_seconds: float = _number(10.0, 0, 36_000, "of these, to find smaller cases")
    shrink_tries: int = _number(150, 0, 10_000, "calls to find an exercise's smaller cases")
    language: str = _choice(ENGLISH, LANGUAGES, f"of feedback, pages and releases: {' or '.join(LANGUAGES)}")
    unsafe: bool = False

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            if each.metadata:
                object.__setattr__(self, each.name, _checked(each, getattr(self, each.name)))

    @property
    def is_public(self) -> bool:
        """Whether the cases are those that everybody can work out."""
        return self.seed == PUBLIC_SEED

    @property
    def digest(self) -> str:
        """Changes with any setting."""
        return hashlib.blake2b(json.dumps(self.to_json()).encode(), digest_size=6).hexdigest()

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def with_options(self, **options: Any) -> Settings:
        """These settings with others where an option is not None.  Raises SettingsError."""
        given = {name: value for name, value in options.items() if value is not None}
        return dataclasses.replace(self, **given)


# What a course's file may say.
KEYS = tuple(each.name for each in dataclasses.fields(Settings) if each.metadata)


def from_json(tree: Mapping[str, Any]) -> Settings:
    """The settings of a report's run.  Raises SettingsError for what these are not."""
    return _of(tree, {*KEYS, "unsafe"})


def _of(tree: Mapping[str, Any], known: Set[str]) -> Settings:
    unknown = sorted(tree.keys() - known)
    if unknown:
        words = N_("there is no setting {name}: choose from {known}")
        raise SettingsError(tr(words, name=repr(unknown[0]), known=", ".join(KEYS)))
    return Settings(**tree)


def load(folder: Path) -> Settings:
    """The settings in folder/autograder.toml; the kit's own where there is none.  Raises SettingsError."""
    path = folder / FILE
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # nobody waits for what comes out of a pipe
            raise ValueError(tr("it is no file"))
        tree = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:  # no TOML, no UTF-8, or a number too long for Python
        why = getattr(error, "strerror", None) or str(error)
        raise SettingsError(tr("{path} cannot be read: {why}", path=path, why=why)) from None
    named = tree.get("language")
    try:
        with spoken(named if named in LANGUAGES else language()):  # whatever else is wrong in the file
            return _of(tree, set(KEYS))
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def above(folder: Path) -> Settings:
    """The settings of the nearest folder at or above this one that has a file.  Raises SettingsError."""
    folder = folder.absolute()
    found = (place for place in (folder, *folder.parents) if (place / FILE).is_file())
    return load(next(found, folder))


def write(folder: Path) -> Path:
    """Write a course's file with a secret seed, for its owner alone.  Raises FileExistsError, OSError."""
    path = folder / FILE
    lines = [
        "# How this course is graded.  Keep the seed secret: with it, and the kit, anyone can work out the",
        "# hidden cases.  Keep the file too: another seed draws other cases, and all is graded anew.",
        f"seed = {secrets.randbelow(LARGEST_SEED)}",
        "",
        "# What else can be set, with its default:",
    ]
    for each in dataclasses.fields(Settings):
        if each.metadata and each.name != "seed":
            lines.append(f"# {each.name} = {json.dumps(each.default)}  # {each.metadata['what']}")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return path


def _checked(each: dataclasses.Field[Any], value: Any) -> Any:
    """The value as its kind of number, or as one of its choices."""
    if "choices" in each.metadata:
        if value in each.metadata["choices"]:
            return value
        names = tr(" or ").join(map(repr, each.metadata["choices"]))
        raise SettingsError(tr(NOT_ALLOWED, name=each.name, value=repr(value), wanted=names))
    least, most, whole = each.metadata["least"], each.metadata["most"], each.type == "int"
    kinds = (int,) if whole else (int, float)
    if type(value) not in kinds or not least <= value <= most:
        kind = N_("a whole number from {least} to {most}") if whole else N_("a number from {least} to {most}")
        wanted = tr(kind, least=least, most=most)
        raise SettingsError(tr(NOT_ALLOWED, name=each.name, value=repr(value), wanted=wanted))
    return value if whole else float(value)
