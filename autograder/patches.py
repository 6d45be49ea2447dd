"""Every change that the kit makes to somebody else's code: what it replaces, and which versions it fits.

Each is looked at before it is made, and refuses loudly where it no longer fits.  Knows nothing of
what is done meanwhile.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.metadata
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace

from autograder.languages import N_, tr


class PatchError(Exception):
    """A package is not as the kit must find it; one sentence that says which version is."""


@dataclass(frozen=True)
class Patch:
    """What is replaced in a package.

    where: the dotted path of the attribute's owner.  takes: the parameters that it must have, None
    for what is no function.  seen: the versions that it was seen to fit.  since: what goes wrong without.
    """

    package: str
    where: str
    attribute: str
    takes: tuple[str, ...] | None
    seen: str
    since: str

    def owner(self) -> object:
        """What holds the attribute.  Raises PatchError where it is not as it must be."""
        module, _, rest = self.where.partition(":")
        try:
            owner = importlib.import_module(module)
            for name in filter(None, rest.split(".")):
                owner = getattr(owner, name)
            found = getattr(owner, self.attribute)
            if self.takes is not None:
                names = list(inspect.signature(found).parameters)
                if names[: len(self.takes)] != list(self.takes):
                    raise AttributeError(self.attribute)
        except (ImportError, AttributeError, TypeError, ValueError):
            have = importlib.metadata.version(self.package)
            raise PatchError(
                tr(
                    "{package} {have} has no {name} as this kit knows it, and {since}: "
                    "install a version that was seen to fit ({seen})",
                    package=self.package,
                    have=have,
                    name=f"{self.where.replace(':', '.')}.{self.attribute}",
                    since=tr(self.since),
                    seen=self.seen,
                )
            ) from None
        return owner


MINED_CONSTANTS = Patch(
    "hypothesis",
    "hypothesis.internal.conjecture.providers:HypothesisProvider",
    "_maybe_draw_constant",
    ("self", "choice_type", "constraints"),
    "6.132 to 6.170",
    "the cases would depend on which modules are loaded",
)
_SLOW = N_("a class would be graded several times slower")
ENGINE = Patch("nbgrader", "nbgrader.api", "create_engine", ("url",), "0.9.6", _SLOW)
TABLES = Patch("nbgrader", "nbgrader.api:Base.metadata", "create_all", ("bind",), "0.9.6", _SLOW)
SCHEMAS = Patch("nbgrader", "nbgrader.nbgraderformat.common", "jsonschema", None, "0.9.6", _SLOW)
# What nbgrader calls of it, and so what must stand in its place.
VALIDATE = Patch(
    "nbgrader",
    "nbgrader.nbgraderformat.common:jsonschema",
    "validate",
    ("instance", "schema"),
    "0.9.6",
    _SLOW,
)
_ENDLESS = N_("a student's link would be followed, to another's work or to a device without end")
COPIES = Patch(
    "nbgrader",
    "nbgrader.converters.base:BaseConverter",
    "init_assignment",
    ("self", "assignment_id", "student_id"),
    "0.9.6",
    _ENDLESS,
)
STAMPS = Patch(
    "nbgrader",
    "nbgrader.coursedir:CourseDirectory",
    "get_existing_timestamp",
    ("self", "dest_path"),
    "0.9.6",
    _ENDLESS,
)
LISTED_STAMPS = Patch(
    "nbgrader",
    "nbgrader.apps.api:NbGraderAPI",
    "get_submitted_timestamp",
    ("self", "assignment_id", "student_id"),
    "0.9.6",
    _ENDLESS,
)
_IN_A_KERNEL = N_("the kit's notebooks would be graded in a kernel, beside the student's own code")


def _of_converter(owner, method, *takes):
    return Patch("nbgrader", f"nbgrader.converters:{owner}", method, ("self", *takes), "0.9.6", _IN_A_KERNEL)


_NOTEBOOK = ("convert_single_notebook", "notebook_filename")
AUTOGRADE_ALL = _of_converter("Autograde", "convert_notebooks")
AUTOGRADE = _of_converter("Autograde", *_NOTEBOOK)
GENERATE_ALL = _of_converter("GenerateAssignment", "convert_notebooks")
GENERATE = _of_converter("GenerateAssignment", *_NOTEBOOK)
FEEDBACK = _of_converter("GenerateFeedback", *_NOTEBOOK)
# Not in ALL: to look at them imports nbgrader for half a second, and only a course needs them.
NBGRADER = [ENGINE, TABLES, SCHEMAS, VALIDATE]
ALL = [MINED_CONSTANTS]


def check() -> None:
    """Look at every patch.  Raises PatchError for the first that does not fit."""
    for patch in ALL:
        patch.owner()


@contextlib.contextmanager
def without_mined_constants() -> Iterator[None]:
    """Hypothesis without the constants that it finds in whatever modules are loaded.

    With them, the cases would depend on who imports us, and a folder for them would appear.
    """
    with _replaced(MINED_CONSTANTS, lambda *_, **__: None):
        yield


def replace_for_good(replacements: Mapping[Patch, Callable]) -> None:
    """Replace functions, once in this process.

    Each replacement gets the function in whose place it stands before that one's own arguments.
    Raises PatchError, before anything is replaced.
    """
    owners = {patch: patch.owner() for patch in replacements}
    for patch, instead in replacements.items():
        if patch not in _FOR_GOOD:
            setattr(owners[patch], patch.attribute, _around(getattr(owners[patch], patch.attribute), instead))
            _FOR_GOOD.add(patch)


def _around(before, instead):
    @functools.wraps(before)
    def function(*args, **kwargs):
        return instead(before, *args, **kwargs)

    return function


_FOR_GOOD: set[Patch] = set()


@contextlib.contextmanager
def _replaced(patch, value):
    owner = patch.owner()
    before = getattr(owner, patch.attribute)
    setattr(owner, patch.attribute, value)
    try:
        yield before
    finally:
        setattr(owner, patch.attribute, before)


@contextlib.contextmanager
def without_iri_grammar() -> Iterator[None]:
    """jsonschema without the grammar of IRIs that it would compile for a second: no notebook holds one.

    It looks for the package rfc3987_syntax as it is imported, and does without where there is none.
    """
    name = "rfc3987_syntax"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None
    try:
        yield
    finally:
        del sys.modules[name]


@contextlib.contextmanager
def nbgrader_made_once() -> Iterator[None]:
    """What nbgrader does again and again for each submission is done once for all.

    It makes an engine, which compiles the same SQL, looks for the same tables, and checks its own
    schema against the schema of schemas.
    """
    engine, tables, schemas, _ = (getattr(patch.owner(), patch.attribute) for patch in NBGRADER)
    with (
        _replaced(ENGINE, functools.cache(engine)),
        _replaced(TABLES, functools.cache(tables)),
        _replaced(SCHEMAS, SimpleNamespace(validate=_validate_by(schemas))),
    ):
        yield


def _validate_by(jsonschema):
    """As jsonschema.validate, but looks at each schema once."""

    @functools.cache
    def validator(text):
        schema = json.loads(text)
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        return kind(schema)

    def validate(instance, schema):
        error = jsonschema.exceptions.best_match(validator(json.dumps(schema)).iter_errors(instance))
        if error is not None:
            raise error

    return validate
