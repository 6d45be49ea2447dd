"""All that an exercise's author imports.  Knows nothing of workers, of judging or of files."""

from autograder.authoring import expect
from autograder.authoring.casts import Cast, Role
from autograder.authoring.exercise import CASES, Check, Exercise, Mistake, Probe
from autograder.authoring.proxy import StudentError
from autograder.authoring.replies import ANYTHING, Tensor
from autograder.authoring.strategies import QUARTERS, datasets, seeded, tensors, varied
from autograder.errors import DeclarationError
from autograder.languages import N_, tr
from autograder.results import Figure, Line

OWN, OWN_IF_PASSED = Role.OWN, Role.OWN_IF_PASSED
RIGHT, RIGHT_AS_OWN, REPLAY = Role.RIGHT, Role.RIGHT_AS_OWN, Role.REPLAY

__all__ = [
    "ANYTHING",
    "CASES",
    "N_",
    "OWN",
    "OWN_IF_PASSED",
    "QUARTERS",
    "REPLAY",
    "RIGHT",
    "RIGHT_AS_OWN",
    "Cast",
    "Check",
    "DeclarationError",
    "Exercise",
    "Figure",
    "Line",
    "Mistake",
    "Probe",
    "Role",
    "StudentError",
    "Tensor",
    "datasets",
    "expect",
    "seeded",
    "tensors",
    "tr",
    "varied",
]
