"""All that an exercise's author imports.  Knows nothing of workers, of judging or of files."""

from autograder.authoring import expect
from autograder.authoring.exercise import Exercise
from autograder.authoring.expect import phrase
from autograder.authoring.proxy import (
    ANYTHING,
    OWN,
    OWN_IF_PASSED,
    RECORDED,
    RIGHT,
    RIGHT_AS_OWN,
    StudentError,
)
from autograder.authoring.proxy import (
    Tensor as Tensor,
)  # not in __all__, else pydoc prints all of it
from autograder.authoring.strategies import (
    classes,
    param,
    probabilities,
    tensors,
)
from autograder.errors import N_, DeclarationError
from autograder.figure import Figure, Line

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
