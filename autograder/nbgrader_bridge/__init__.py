"""nbgrader's seams, one file each; a course's nbgrader_config.py calls `configure(c)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from traitlets.config import Config


def configure(c: Config) -> None:
    """Let the kit grade its own assignments in this course; called in nbgrader_config.py.

    c: the file's configuration.  Nothing is set in it, so what stands before or after holds.
    Raises PatchError where nbgrader is not as the kit knows it.
    """
    from autograder.nbgrader_bridge import guest  # nbgrader, which not every part of the kit needs

    guest.install()
