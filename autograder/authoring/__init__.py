"""All that an exercise's author imports.  Knows nothing of workers, of judging or of files."""

from autograder.authoring import expect
from autograder.authoring.exercise import Exercise
from autograder.authoring.expect import phrase
from autograder.authoring.proxy import (
    OWN,
    OWN_IF_PASSED,
    RECORDED,
    RIGHT,
    RIGHT_AS_OWN,
    StudentError,
)
from autograder.authoring.strategies import (
    classes,
    param,
    probabilities,
    tensors,
)
from autograder.errors import N_, DeclarationError
from autograder.figure import Figure, Line
from autograder.wire import ANYTHING

__all__ = [
    "ANYTHING",
    "N_",
    "OWN",
    "OWN_IF_PASSED",
    "RECORDED",
    "RIGHT",
    "RIGHT_AS_OWN",
    "DeclarationError",
    "Exercise",
    "Figure",
    "Line",
    "StudentError",
    "classes",
    "expect",
    "param",
    "phrase",
    "probabilities",
    "tensors",
]
