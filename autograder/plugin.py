"""A name that stays: the hidden test cells of notebooks and gradebooks that were released import it."""

from autograder.nbgrader_bridge.kernel import in_kernel

__all__ = ["in_kernel"]
