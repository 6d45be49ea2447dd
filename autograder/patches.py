"""Every change that the kit makes to other packages: what it replaces, and which versions it fits.

Each patch is checked before it is made.  Those of nbgrader raise an error if they no longer fit.
"""

import contextlib
import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from autograder.errors import N_, KitError, Message


@dataclass(frozen=True)
class Patch:
    """A function to replace, in a class of a package."""

    module: str
    class_name: str
    function: str
    # its first parameters
    parameters: tuple[str, ...]
    tested: str  # versions
    since: str  # what goes wrong without the patch

    def patched_class(self) -> type:
        """Return the class.  Raises KitError if its function does not fit."""
        package = self.module.partition(".")[0]
        try:
            owner = getattr(
                importlib.import_module(self.module), self.class_name
            )
            signature = inspect.signature(getattr(owner, self.function))
            names = tuple(signature.parameters)
            if names[: len(self.parameters)] == self.parameters:
                return owner
        except (ImportError, AttributeError):
            pass
        # Slow to import, and rarely needed.
        from importlib.metadata import version

        raise KitError(
            "{package} {have} does not have the {name} that this kit changes. Without "
            "the change, {since}. Install a tested version ({seen}).",
            package=package,
            have=version(package),
            name=f"{self.module}.{self.class_name}.{self.function}",
            since=Message(self.since),
            seen=self.tested,
        )


MINED_CONSTANTS = Patch(
    "hypothesis.internal.conjecture.providers",
    "HypothesisProvider",
    "_maybe_draw_constant",
    ("self", "choice_type", "constraints"),
    "6.132 to 6.170",
    # in the clean process that draws them
    N_("the cases would depend on which modules are loaded"),
)
CONVERT = Patch(
    "nbgrader.converters.base",
    "BaseConverter",
    "convert_notebooks",
    ("self",),
    "0.9.6",
    N_(
        "the kit's notebooks would be graded in a kernel, beside the student's own code"
    ),
)
LISTED_STAMPS = Patch(
    "nbgrader.apps.api",
    "NbGraderAPI",
    "get_submitted_timestamp",
    ("self", "assignment_id", "student_id"),
    "0.9.6",
    N_(
        "nbgrader would follow a student's link to another student's work or to an endless device"
    ),
)
AUTOGRADE_BUTTON = Patch(
    "nbgrader.apps.api",
    "NbGraderAPI",
    "autograde",
    ("self", "assignment_id"),
    "0.9.6",
    N_("formgrader would show a traceback for a submission that needs review"),
)
ALL = (MINED_CONSTANTS, CONVERT, LISTED_STAMPS, AUTOGRADE_BUTTON)


@contextlib.contextmanager
def without_mined_constants() -> Iterator[None]:
    """Let Hypothesis use no constants of loaded modules, if it fits."""
    try:
        owner = MINED_CONSTANTS.patched_class()
    except KitError:
        yield
        return
    function = MINED_CONSTANTS.function
    with temporarily_set(owner, function, lambda *_, **__: None):
        yield


def replace_for_good(replacements: Mapping[Patch, Callable]) -> None:
    """Replace functions in this process.

    Each replacement gets the original function as its first argument.  Raises KitError
    before anything is replaced.
    """
    owners = {patch: patch.patched_class() for patch in replacements}
    for patch, owner in owners.items():
        original = getattr(owner, patch.function)
        setattr(owner, patch.function, _around(original, replacements[patch]))


def _around(original: Callable, instead: Callable) -> Callable:
    @functools.wraps(original)
    def function(*args: object, **kwargs: object) -> object:
        return instead(original, *args, **kwargs)

    return function


@contextlib.contextmanager
def temporarily_set(owner: object, name: str, value: object) -> Iterator[None]:
    """Give an attribute another value within a block."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


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
