"""All settings that change how a run grades, as one frozen value.

A course's file, overridden by options.  Every command reads the same file, and each report
contains the value's digest.
"""

import dataclasses
import hashlib
import json
import os
import secrets
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from autograder.courses import FILE as FILE
from autograder.errors import N_, KitError
from autograder.languages import (
    ENGLISH,
    FOLDER,
    LANGUAGES,
    in_language,
    known_language,
    language,
    listed,
    tr,
)

# for a course without a file; with the kit, anybody can compute its cases
PUBLIC_SEED = 20260901
MAX_BYTES = 1 << 20  # of a course's file
MAX_QUOTED = 200  # characters of a file's own text in an error
LARGEST_SEED = (1 << 63) - 1
NOT_ALLOWED = N_("{name} = {value} is not allowed. Write {wanted}.")
UNREADABLE = N_("Cannot read {path} ({why}). Make it readable, or correct it.")
AN_INTEGER = N_("an integer from {least} to {most}")
A_NUMBER = N_("a number from {least} to {most}")


class SettingsError(KitError):
    """An invalid setting; the sentence names the key and what is allowed."""


def _number(default: float, least: float, most: float) -> Any:
    return field(default=default, metadata={"least": least, "most": most})


def _choice(default: str, *choices: str) -> Any:
    return field(default=default, metadata={"choices": choices})


@dataclass(frozen=True)
class _Checked:
    def __post_init__(self) -> None:
        """Raise SettingsError for a value that is not allowed, and make numbers floats."""
        for setting in _listed(type(self)):
            value = getattr(self, setting.name)
            wanted = _wanted(setting, value)
            if wanted:
                raise SettingsError(
                    NOT_ALLOWED,
                    name=setting.name,
                    value=_quoted(value),
                    wanted=wanted,
                )
            if setting.type is float:
                object.__setattr__(self, setting.name, float(value))

    def with_options(self, **options: Any) -> Self:
        """Return these settings, overridden by all options that are not None.

        Raises SettingsError.
        """
        given = {
            name: value for name, value in options.items() if value is not None
        }
        return dataclasses.replace(self, **given)


def _wanted(setting: dataclasses.Field[Any], value: Any) -> str:
    """Return which values a setting may have, if this is not one of them; else ""."""
    allowed = setting.metadata
    if choices := allowed.get("choices"):
        return "" if value in choices else tr(" or ").join(map(repr, choices))
    types = (int,) if setting.type is int else (int, float)
    if type(value) in types and allowed["least"] <= value <= allowed["most"]:
        return ""
    sentence = AN_INTEGER if setting.type is int else A_NUMBER
    return tr(sentence, least=allowed["least"], most=allowed["most"])


@dataclass(frozen=True)
class Settings(_Checked):
    """How a run grades.  Raises SettingsError for a value out of its range or of another type.

    unsafe: grade without enough sandbox layers; only an option can set it.
    """

    seed: int = _number(PUBLIC_SEED, 0, LARGEST_SEED)
    memory: int = _number(1024, 300, 1 << 20)  # MiB for each submission
    check_seconds: float = _number(
        2.0, 0.1, 600
    )  # CPU time for all cases of a check
    # for a whole submission, computing or sleeping
    submission_seconds: float = _number(60.0, 1, 36_000)
    # changes tried to find the slip in a function; 0: none
    slip_changes: int = _number(100, 0, 10_000)
    language: str = _choice(
        ENGLISH, *LANGUAGES
    )  # of feedback, pages and releases
    unsafe: bool = False
    # Those below serve every course alike, so that no file sets them.
    load_seconds: float = (
        4.0  # CPU time to load the statements that a function needs
    )
    single_seconds: float = (
        6.0  # for a check that calls step by step, with large data
    )
    shared_seconds: float = 0.5  # for each check if functions share a worker
    shrink_seconds: float = (
        10.0  # of a submission's time, to find smaller failing inputs
    )
    shrink_tries: int = 150  # calls per exercise to find them
    slip_seconds: float = 20.0  # of a submission's time, to try changes

    def __post_init__(self) -> None:
        object.__setattr__(self, "language", known_language(self.language))
        super().__post_init__()

    @property
    def is_public(self) -> bool:
        """Whether everybody can compute the cases."""
        return self.seed == PUBLIC_SEED

    @property
    def digest(self) -> str:
        """A digest that changes with any setting on which a grade depends: all but the language."""
        values = dataclasses.asdict(self)
        del values["language"]
        return _digest(json.dumps(values))

    def to_json(self) -> dict[str, Any]:
        """Return the settings as results show them: with a digest in place of the seed."""
        return dataclasses.asdict(self) | {"seed": _digest(f"seed {self.seed}")}


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


WATCH = "watch"  # a table in a course's file


@dataclass(frozen=True)
class Watching(_Checked):
    """How much feedback shows where `autograder watch` gives it; no grade depends on it.

    Raises SettingsError, too.
    """

    detail: str = _choice(
        "all", "points", "hints", "all"
    )  # before the due date
    after_due: str = _choice("all", "all", "same")  # after it: all, or the same

    def detail_at(self, seconds: float, due: datetime | None) -> str:
        """Return how much feedback shows at a time.  due: in UTC, without a zone, as nbgrader's."""
        is_over = (
            due is not None and due.replace(tzinfo=UTC).timestamp() <= seconds
        )
        return "all" if is_over and self.after_due == "all" else self.detail


def load(folder: Path) -> Settings:
    """Return the settings in folder/autograder.toml, or the defaults.  Raises SettingsError."""
    return _loaded(folder)[0]


def watching(folder: Path) -> Watching | None:
    """Return the table `[watch]` in folder/autograder.toml, if any.  Raises SettingsError."""
    return _loaded(folder)[1]


def _loaded(folder: Path) -> tuple[Settings, Watching | None]:
    path = folder / FILE
    if not os.path.lexists(path):
        return Settings(), None
    try:
        tree = tomllib.loads(_text(path))
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsError(UNREADABLE, path=path, why=_reason(error)) from None
    # Errors about the rest of the file are in its language.
    named = known_language(tree.get("language"))
    with in_language(named if named in LANGUAGES else language()):
        try:
            watch = tree.pop(WATCH, None)
            settings = Settings(**_known(Settings, tree))
            if watch is None:
                return settings, None
            if not isinstance(watch, dict):
                wanted = tr("a table, [watch], with its settings below it")
                raise SettingsError(
                    NOT_ALLOWED, name=WATCH, value=_quoted(watch), wanted=wanted
                )
            return settings, Watching(**_known(Watching, watch))
        except SettingsError as error:
            raise SettingsError(f"{path}: {tr(error)}") from None


def _text(path: Path) -> str:
    """Return the text of a course's file, without waiting for a pipe.  Raises OSError and
    ValueError.
    """
    with open(
        os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb"
    ) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, tr("it is a pipe or a device"))
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise OSError(0, tr("it is larger than 1 MiB"))
    return content.decode("utf-8-sig")


def _reason(error: Exception) -> str:
    """Return why a course's file cannot be read, as the system, TOML, or this module says it."""
    if isinstance(error, RecursionError):
        return tr("it has too many nested brackets")
    if isinstance(error, FileNotFoundError):
        return tr("it is a link to a file that does not exist")
    return getattr(error, "strerror", None) or _shortened(str(error))


def _quoted(value: object) -> str:
    """Return a value of a course's file as Python writes it, shortened."""
    try:
        return _shortened(repr(value))
    except (ValueError, RecursionError):  # too many digits, or tables in tables
        return f"({type(value).__name__})"


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}…"


def _known(kind: type, table: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a table of a course's file.  Raises SettingsError for an unknown key."""
    known = [setting.name for setting in _listed(kind)]
    for name in sorted(table):
        if name not in known:
            words = N_("No setting {name}. Choose one of {known}.")
            raise SettingsError(words, name=_quoted(name), known=listed(known))
    return table


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
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return path
