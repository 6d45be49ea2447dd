"""All settings that change how a run grades, as one frozen value: a course's file, overridden by options.

Every command reads the same file, and each report contains the value's digest.  Knows nothing of what the
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
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from autograder.courses import FILE as FILE
from autograder.errors import N_, KitError, Message
from autograder.languages import ENGLISH, LANGUAGES, language, spoken, tr

PUBLIC_SEED = 20260901  # for a course without a file; with the kit, anybody can compute its cases
MOST_BYTES = 1 << 20  # of a course's file
MOST_QUOTED = 200  # characters of a file's own text in an error
LARGEST_SEED = (1 << 63) - 1
NOT_ALLOWED = N_("{name} = {value} is not allowed. Write {wanted}.")
A_TABLE = N_("a table, [watch], with its settings below it")


T = TypeVar("T", bound="Settings | Watching")


class SettingsError(KitError):
    """An invalid setting; the sentence names the key and what is allowed."""


def _number(default: float, least: float, most: float, what: str) -> Any:
    return field(default=default, metadata={"least": least, "most": most, "what": what})


def _choice(default: str, choices: tuple[str, ...], what: str) -> Any:
    return field(default=default, metadata={"choices": choices, "what": what})


@dataclass(frozen=True)
class Settings:
    """How a run grades.  Raises SettingsError for a value out of its range or of another type.

    unsafe: grade without enough sandbox layers; only an option can set it.
    """

    seed: int = _number(PUBLIC_SEED, 0, LARGEST_SEED, "the course's seed")
    memory: int = _number(1024, 300, 1 << 20, "MiB of memory for each submission")
    load_seconds: float = _number(4.0, 0.1, 600, "CPU time to load the statements that a function needs")
    check_seconds: float = _number(2.0, 0.1, 600, "CPU time for all cases of a check")
    single_seconds: float = _number(6.0, 0.1, 600, "for a check that calls step by step, with large data")
    shared_seconds: float = _number(0.5, 0.05, 600, "for each check if functions share a worker")
    submission_seconds: float = _number(60.0, 1, 36_000, "for a whole submission, computing or sleeping")
    shrink_seconds: float = _number(10.0, 0, 36_000, "of that, to find smaller failing inputs")
    shrink_tries: int = _number(150, 0, 10_000, "calls per exercise to find smaller failing inputs")
    slip_changes: int = _number(100, 0, 10_000, "changes tried to find the slip in a function; 0: none")
    slip_seconds: float = _number(20.0, 0, 36_000, "of a submission's time, to try them")
    language: str = _choice(ENGLISH, LANGUAGES, f"of feedback, pages and releases: {' or '.join(LANGUAGES)}")
    unsafe: bool = False

    def __post_init__(self) -> None:
        _check(self)

    @property
    def is_public(self) -> bool:
        """Whether everybody can compute the cases."""
        return self.seed == PUBLIC_SEED

    @property
    def digest(self) -> str:
        """A digest that changes with any setting."""
        return _digest(json.dumps(dataclasses.asdict(self)))

    def to_json(self) -> dict[str, Any]:
        """Return the settings as results show them: with a digest in place of the seed."""
        return without_seed(dataclasses.asdict(self))

    def with_options(self, **options: Any) -> Settings:
        """These settings, overridden by all options that are not None.  Raises SettingsError."""
        given = {name: value for name, value in options.items() if value is not None}
        return dataclasses.replace(self, **given)


def without_seed(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as JSON with a digest in place of the seed: who reads results must not learn it."""
    seed = tree.get("seed")
    return {**tree, **({"seed": _digest(f"seed {seed}")} if isinstance(seed, int) else {})}


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


WATCH = "watch"  # a table in a course's file


@dataclass(frozen=True)
class Watching:
    """How `autograder watch` gives feedback; no grade depends on it.  Raises SettingsError, too."""

    detail: str = _choice("all", ("points", "hints", "all"), "before the due date: points, hints or all")
    after_due: str = _choice("all", ("all", "same"), "after it: all, or the same")
    cooldown: float = _number(0.0, 0, 100_000, "minutes between two feedbacks to the same student")
    interval: float = _number(5.0, 0.1, 3600, "seconds between two checks for new submissions")
    old_names: tuple[str, ...] = ()  # which of RENAMED the course's file uses

    def __post_init__(self) -> None:
        _check(self)

    @property
    def between(self) -> timedelta:
        """The time between two answers to one student."""
        return timedelta(minutes=self.cooldown)


RENAMED = {"words": "detail", "again": "cooldown", "every": "interval"}  # until version 0.2; accepted in 0.3
OLD_NAME = N_("{old} is called {new} now. This version accepts both.")


def load(folder: Path) -> Settings:
    """The settings in folder/autograder.toml, or the defaults without it.  Raises SettingsError."""
    return _loaded(folder)[0]


def watching(folder: Path) -> Watching | None:
    """The table `[watch]` in folder/autograder.toml; None without it.  Raises SettingsError."""
    return _loaded(folder)[1]


def _loaded(folder: Path) -> tuple[Settings, Watching | None]:
    path = folder / FILE
    if not os.path.lexists(path):
        return Settings(), None
    try:
        tree = tomllib.loads(_text(path))
    except (OSError, ValueError, RecursionError, SettingsError) as error:
        raise SettingsError(
            "Cannot read {path} ({why}). Make it readable, or correct it.", path=path, why=_reason(error)
        ) from None
    named = tree.get("language")
    with spoken(named if named in LANGUAGES else language()):  # for errors about the rest of the file
        try:
            table = tree.pop(WATCH, None)
            if table is not None and not isinstance(table, dict):
                raise SettingsError(NOT_ALLOWED, name=WATCH, value=_quoted(table), wanted=tr(A_TABLE))
            return _made(Settings, tree), None if table is None else _watching(table)
        except SettingsError as error:
            raise SettingsError(f"{path}: {tr(error)}") from None


def _text(path: Path) -> str:
    """Return the text of a course's file.  Never wait for a pipe or a device.

    Raises OSError, ValueError and SettingsError.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise SettingsError("it is a pipe or a device")
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise SettingsError("it is larger than 1 MiB")
    return content.decode("utf-8-sig")


def _reason(error: Exception) -> str | Message:
    """Why a course's file cannot be read: what the system, TOML, or this module says about it."""
    if isinstance(error, RecursionError):
        return Message(N_("it has too many nested brackets"))
    if isinstance(error, FileNotFoundError):
        return Message(N_("it is a link to a file that does not exist"))
    if isinstance(error, SettingsError):
        return error.message
    return getattr(error, "strerror", None) or _shortened(str(error))


def _quoted(value: object) -> str:
    """Return a value of a course's file as Python writes it, shortened."""
    try:
        return _shortened(repr(value))
    except (ValueError, RecursionError):  # an integer with too many digits, or tables in tables
        return f"({type(value).__name__})"


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_QUOTED else f"{text[:MOST_QUOTED]}…"


def _made(kind: type[T], tree: Mapping[str, Any]) -> T:
    """The value that a table describes.  Raises SettingsError for an unknown key."""
    known = [each.name for each in _listed(kind)]
    unknown = sorted(tree.keys() - {*known})
    if unknown:
        words = N_("No setting {name}. Choose one of {known}.")
        raise SettingsError(words, name=_quoted(unknown[0]), known=", ".join(known))
    return kind(**tree)


def _watching(table: Mapping[str, Any]) -> Watching:
    old = sorted(RENAMED.keys() & table.keys())
    rules = _made(Watching, {RENAMED.get(name, name): value for name, value in table.items()})
    return dataclasses.replace(rules, old_names=tuple(old))


def _listed(kind: Any) -> list[dataclasses.Field[Any]]:
    """The settings that a course's file can have."""
    return [each for each in dataclasses.fields(kind) if each.metadata]


def root_above(folder: Path) -> Path:
    """The nearest folder at or above this one with an autograder.toml, or this one."""
    folder = folder.absolute()
    return next((place for place in (folder, *folder.parents) if os.path.lexists(place / FILE)), folder)


def write(folder: Path) -> Path:
    """Write a course's file with a secret seed, readable by its owner.  Raises FileExistsError, OSError."""
    path = folder / FILE
    lines = [
        "# How this course is graded. Keep the seed secret: anyone who has it and the kit can compute the",
        "# hidden test inputs. Keep this file: another seed means other inputs, and "
        "everything is graded again.",
        f"seed = {secrets.randbelow(LARGEST_SEED)}",
        "",
        "# Other settings, with their defaults:",
    ]
    lines += [_line(each) for each in _listed(Settings) if each.name != "seed"]
    lines += [
        "",
        "# `autograder watch` gives feedback as students submit.  With this table, notebooks say how.",
    ]
    lines += [f"# [{WATCH}]", *map(_line, _listed(Watching))]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return path


def _line(each: dataclasses.Field[Any]) -> str:
    return f"# {each.name} = {json.dumps(each.default)}  # {each.metadata['what']}"


def _check(value: Any) -> None:
    """Make each field its type of number, or check that it is a choice.  Raises SettingsError."""
    for each in _listed(type(value)):
        object.__setattr__(value, each.name, _checked(each, getattr(value, each.name)))


def _checked(each: dataclasses.Field[Any], value: Any) -> Any:
    """The value as its type of number, or as one of its choices."""
    if "choices" in each.metadata:
        if value in each.metadata["choices"]:
            return value
        names = tr(" or ").join(map(repr, each.metadata["choices"]))
        raise SettingsError(NOT_ALLOWED, name=each.name, value=_quoted(value), wanted=names)
    least, most, whole = each.metadata["least"], each.metadata["most"], each.type == "int"
    kinds = (int,) if whole else (int, float)
    if type(value) not in kinds or not least <= value <= most:
        words = N_("an integer from {least} to {most}") if whole else N_("a number from {least} to {most}")
        wanted = tr(words, least=least, most=most)
        raise SettingsError(NOT_ALLOWED, name=each.name, value=_quoted(value), wanted=wanted)
    return value if whole else float(value)
