"""All that an exercise's author imports.  Knows nothing of workers, of judging or of files."""

from autograder.authoring import expect
from autograder.authoring.errors import DeclarationError
from autograder.authoring.exercise import CASES, Cast, Check, Exercise, Mistake, Probe, Role
from autograder.authoring.proxy import StudentError
from autograder.authoring.replies import ANYTHING, Tensor
from autograder.authoring.strategies import QUARTERS, datasets, tensors

OWN, RIGHT, REPLAY, OWN_IF_PASSED = Role.OWN, Role.RIGHT, Role.REPLAY, Role.OWN_IF_PASSED

__all__ = [
    "ANYTHING",
    "CASES",
    "OWN",
    "OWN_IF_PASSED",
    "QUARTERS",
    "REPLAY",
    "RIGHT",
    "Cast",
    "Check",
    "DeclarationError",
    "Exercise",
    "Mistake",
    "Probe",
    "Role",
    "StudentError",
    "Tensor",
    "datasets",
    "expect",
    "tensors",
]
