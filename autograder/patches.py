"""Every change that the kit makes to other packages: what it replaces, and which versions it fits.

Each patch is checked before it is made.  Those of nbgrader raise an error if they no longer fit.
"""

import contextlib
import functools
import importlib
import importlib.metadata
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from autograder.errors import N_, KitError, Message


class PatchError(KitError):
    """A package does not fit a patch; the sentence names versions that do."""

    code = 1


@dataclass(frozen=True)
class Patch:
    """What to replace in a package."""

    package: str
    where: str  # the dotted path of the attribute's owner
    attribute: str
    # the parameters that a function must have; None for anything else
    takes: tuple[str, ...] | None
    seen: str  # tested versions
    since: str  # what goes wrong without the patch

    def owner(self) -> object:
        """Return the owner of the attribute.  Raises PatchError if the attribute does not fit."""
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
            raise PatchError(
                "{package} {have} does not have the {name} that this kit changes. Without "
                "the change, {since}. Install a tested version ({seen}).",
                package=self.package,
                have=importlib.metadata.version(self.package),
                name=f"{self.where.replace(':', '.')}.{self.attribute}",
                since=Message(self.since),
                seen=self.seen,
            ) from None
        return owner


MINED_CONSTANTS = Patch(
    "hypothesis",
    "hypothesis.internal.conjecture.providers:HypothesisProvider",
    "_maybe_draw_constant",
    ("self", "choice_type", "constraints"),
    "6.132 to 6.170",
    N_(
        "the cases would depend on which modules are loaded"
    ),  # in the clean process that draws them
)
CONVERT = Patch(
    "nbgrader",
    "nbgrader.converters.base:BaseConverter",
    "convert_notebooks",
    ("self",),
    "0.9.6",
    N_(
        "the kit's notebooks would be graded in a kernel, beside the student's own code"
    ),
)
LISTED_STAMPS = Patch(
    "nbgrader",
    "nbgrader.apps.api:NbGraderAPI",
    "get_submitted_timestamp",
    ("self", "assignment_id", "student_id"),
    "0.9.6",
    N_(
        "nbgrader would follow a student's link to another student's work or to an endless device"
    ),
)
AUTOGRADE_BUTTON = Patch(
    "nbgrader",
    "nbgrader.apps.api:NbGraderAPI",
    "autograde",
    ("self", "assignment_id"),
    "0.9.6",
    N_("formgrader would show a traceback for a submission that needs review"),
)
ALL = [patch for patch in globals().values() if isinstance(patch, Patch)]


@contextlib.contextmanager
def without_mined_constants() -> Iterator[None]:
    """Let Hypothesis use no constants of loaded modules, if it fits."""
    try:
        owner = MINED_CONSTANTS.owner()
    except PatchError:
        yield
        return
    with temporarily_set(
        owner, **{MINED_CONSTANTS.attribute: lambda *_, **__: None}
    ):
        yield


def replace_for_good(replacements: Mapping[Patch, Callable]) -> None:
    """Replace functions, once in this process.

    Each replacement gets the original function as its first argument.  Raises PatchError
    before anything is replaced.
    """
    owners = {patch: patch.owner() for patch in replacements}
    for patch, owner in owners.items():
        if patch not in MADE_FOR_GOOD:
            original = getattr(owner, patch.attribute)
            setattr(
                owner, patch.attribute, _around(original, replacements[patch])
            )
            MADE_FOR_GOOD.add(patch)


def _around(original: Callable, instead: Callable) -> Callable:
    @functools.wraps(original)
    def function(*args: object, **kwargs: object) -> object:
        return instead(original, *args, **kwargs)

    return function


MADE_FOR_GOOD: set[Patch] = set()


@contextlib.contextmanager
def temporarily_set(owner: object, **values: object) -> Iterator[None]:
    """Give some attributes other values within a block."""
    before = {name: getattr(owner, name) for name in values}
    try:
        for name, value in values.items():
            setattr(owner, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(owner, name, value)


@contextlib.contextmanager
def without_iri_grammar() -> Iterator[None]:
    """Import jsonschema without its grammar of IRIs, which takes a second; notebooks contain
    none.
    """
    name = "rfc3987_syntax"
    with contextlib.ExitStack() as stack:
        if name not in sys.modules:
            sys.modules[name] = None  # type: ignore[assignment] # as import's own docs say
            stack.callback(sys.modules.pop, name)
        yield
