"""All settings that change how a run grades, as one frozen value.

A course's file, overridden by options.  Every command reads the same file, and each report
contains the value's digest.
"""

import dataclasses
import hashlib
import json
import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from autograder import courses, data
from autograder.courses import FILE as FILE
from autograder.errors import N_, KitError, Message
from autograder.languages import (
    ENGLISH,
    FOLDER,
    LANGUAGES,
    in_language,
    joined,
    language,
    listed,
    tr,
)
from autograder.results import CAUSE, PARTIAL_CREDIT

# for a course without a file; with the kit, anybody can compute its cases
PUBLIC_SEED = 20260901
LARGEST_SEED = (1 << 63) - 1
# Settings that count where results are read, so that a change grades nobody again.
READ_LATER = ("language", "partial_credit", "assignments")
NOT_ALLOWED = N_("{name} = {value} is not allowed. Write {wanted}.")


def _number(default: float, least: float, most: float) -> Any:
    types = (int, type(default))
    wanted = Message(
        "a number from {least} to {most}", {"least": least, "most": most}
    )

    def is_allowed(value: Any) -> bool:
        return type(value) in types and least <= value <= most

    metadata = {"wanted": wanted, "is_allowed": is_allowed}
    return field(default=default, metadata=metadata)


def _choice(default: str, *choices: str) -> Any:
    wanted = joined([*map(repr, choices)], N_(" or "))
    metadata = {"wanted": wanted, "is_allowed": choices.__contains__}
    return field(default=default, metadata=metadata)


def _require_allowed(settings: Any) -> None:
    """Raise KitError for a value that is not allowed."""
    for setting in _listed(settings):
        value = getattr(settings, setting.name)
        if not setting.metadata["is_allowed"](value):
            raise KitError(
                NOT_ALLOWED,
                name=setting.name,
                value=repr(value),
                wanted=setting.metadata["wanted"],
            )


@dataclass(frozen=True)
class Settings:
    """How a run grades.  Raises KitError for a value out of its range or of another type.

    unsafe: grade without enough sandbox layers; only an option can set it.
    """

    seed: int = _number(PUBLIC_SEED, 0, LARGEST_SEED)
    # MiB for each submission
    memory: int = _number(1024, 300, 1 << 20)
    # CPU time for all cases of a check
    check_seconds: float = _number(2.0, 0.1, 600)
    # for a whole submission, computing or sleeping
    submission_seconds: float = _number(60.0, 1, 36_000)
    # changes tried to find the slip in a function; 0: none
    slip_changes: int = _number(100, 0, 10_000)
    # of feedback, pages and releases
    language: str = _choice(ENGLISH, *LANGUAGES)
    # what failed checks cost
    partial_credit: str = _choice(CAUSE, *PARTIAL_CREDIT)
    # assignment -> its own partial_credit, of the tables [assignments.NAME]
    assignments: Mapping[str, str] = field(default_factory=dict, hash=False)
    unsafe: bool = False
    # Those below serve every course alike, so that no file sets them.
    # CPU time to load the statements that a function needs
    load_seconds: float = 4.0
    # for a check that calls step by step, with large data
    single_seconds: float = 6.0
    shrink_tries: int = 150  # calls per exercise to find smaller failing inputs

    def __post_init__(self) -> None:
        _require_allowed(self)

    def with_options(self, **options: Any) -> Self:
        """Return these settings, overridden by all options that are not None.

        Raises KitError.
        """
        given = {
            name: value for name, value in options.items() if value is not None
        }
        return dataclasses.replace(self, **given)

    def partial_credit_of(self, assignment: str) -> str:
        """Return what failed checks cost in an assignment.

        Raises KitError if the course's file has a table for one that does not exist.
        """
        existing = courses.names()
        for name in self.assignments:
            if name not in existing:
                raise KitError(
                    "{file}: no assignment {name}. Choose one of {known}.",
                    file=FILE,
                    name=repr(name),
                    known=listed(existing),
                )
        return self.assignments.get(assignment, self.partial_credit)

    @property
    def digest(self) -> str:
        """A digest that changes with any setting on which a report depends."""
        return _digest(json.dumps(self._of_reports()))

    def to_json(self) -> dict[str, Any]:
        """Return the settings on which a report depends, with a digest in place of the seed."""
        return self._of_reports() | {"seed": _digest(f"seed {self.seed}")}

    def _of_reports(self) -> dict[str, Any]:
        values = dataclasses.asdict(self)
        for name in READ_LATER:
            del values[name]
        return values


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


# tables in a course's file
WATCH, ASSIGNMENTS = "watch", "assignments"


@dataclass(frozen=True)
class OfAssignment:
    """The settings of one assignment.  Raises KitError, too."""

    partial_credit: str = _choice(CAUSE, *PARTIAL_CREDIT)

    def __post_init__(self) -> None:
        _require_allowed(self)


@dataclass(frozen=True)
class Watching:
    """How much feedback shows where `autograder watch` gives it; no grade depends on it.

    Raises KitError, too.
    """

    # before the due date
    detail: str = _choice("all", "points", "hints", "all")
    # after it: all, or the same
    after_due: str = _choice("all", "all", "same")

    def __post_init__(self) -> None:
        _require_allowed(self)

    def detail_at(self, seconds: float, due: datetime | None) -> str:
        """Return how much feedback shows at a time.  due: in UTC, without a zone, as nbgrader's."""
        if due is None or self.after_due == "same":
            return self.detail
        is_over = due.replace(tzinfo=UTC).timestamp() <= seconds
        if is_over:
            return "all"
        return self.detail


def load(folder: Path) -> Settings:
    """Return the settings in folder/autograder.toml, or the defaults.  Raises KitError."""
    return _loaded(folder)[0]


def watching(folder: Path) -> Watching | None:
    """Return the table `[watch]` in folder/autograder.toml, if any.  Raises KitError."""
    return _loaded(folder)[1]


def _loaded(folder: Path) -> tuple[Settings, Watching | None]:
    path = folder / FILE
    if not os.path.lexists(path):
        return Settings(), None
    tree = data.read(path, _tree)
    # Errors about the rest of the file are in its language.
    named = tree.get("language")
    if named not in LANGUAGES:
        named = language()
    with in_language(named):
        try:
            watch = tree.pop(WATCH, None)
            tables = tree.pop(ASSIGNMENTS, {})
            _require_table(tables, f"{ASSIGNMENTS}.NAME")
            rules = {}
            for name, table in tables.items():
                of_one = _of_table(OfAssignment, table, f"{ASSIGNMENTS}.{name}")
                # without it, the course's counts
                if table:
                    rules[name] = of_one.partial_credit
            settings = _of_table(Settings, tree).with_options(assignments=rules)
            if watch is None:
                return settings, None
            return settings, _of_table(Watching, watch, WATCH)
        except KitError as error:
            raise KitError(f"{path}: {tr(error)}") from None


def _tree(raw: bytes) -> dict[str, Any]:
    """Return the values of a TOML file.  Raises ValueError."""
    tree = tomllib.loads(raw.decode("utf-8-sig"))
    # A number that is too long to show, which 0x can write, fails here.
    repr(tree)
    return tree


def _require_table(table: Any, title: str) -> None:
    if not isinstance(table, dict):
        wanted = tr(
            "a table, [{title}], with its settings below it", title=title
        )
        name = title.partition(".")[0]
        raise KitError(NOT_ALLOWED, name=name, value=repr(table), wanted=wanted)


def _of_table(kind: Any, table: Any, title: str = "") -> Any:
    """Return the settings in a table of a course's file.  Raises KitError."""
    _require_table(table, title)
    names = [setting.name for setting in _listed(kind)]
    for name in table:
        if name not in names:
            raise KitError(
                "No setting {name}. Choose one of {known}.",
                name=repr(name),
                known=listed(names),
            )
    return kind(**table)


def _listed(kind: Any) -> list[dataclasses.Field[Any]]:
    """Return the settings that a course's file can have."""
    return [field for field in dataclasses.fields(kind) if field.metadata]


def write(folder: Path) -> Path:
    """Write a course's file in the current language, with a secret seed, readable by its owner.

    Raises FileExistsError and OSError.
    """
    path = folder / FILE
    template = FOLDER / f"autograder.{language()}.toml"
    seed = secrets.randbelow(LARGEST_SEED)
    text = template.read_text("utf-8").replace("{seed}", str(seed))
    path.touch(0o600, exist_ok=False)
    path.write_text(text, "utf-8")
    return path
