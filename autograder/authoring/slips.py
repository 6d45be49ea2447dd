"""An author's slip as the exception that says it, in the language spoken.  Knows no sentence itself."""

from __future__ import annotations

from autograder.languages import tr
from autograder.refusals import DeclarationError


def slip(english: str, where: str, **values: object) -> DeclarationError:
    """What is to be raised for a slip: one sentence that says where it is, and what to write instead."""
    return DeclarationError(tr(english, where=where, **values))
