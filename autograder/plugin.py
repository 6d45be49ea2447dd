"""Keep this name: hidden test cells in released notebooks and gradebooks import it."""

from autograder.nbgrader_bridge.kernel import in_kernel

__all__ = ["in_kernel"]
