"""The connections to nbgrader, one file each; a course's settings call `configure(c)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from traitlets.config import Config


def configure(c: Config) -> None:
    """Let the kit grade its own assignments in this course; called in nbgrader_config.py.

    c: the file's configuration.  The call sets nothing in it, so all other settings keep
    their effect.
    Raises KitError if this nbgrader differs from the versions that the kit knows.
    """
    # nbgrader, which not every part of the kit needs.
    from autograder.nbgrader_bridge import guest

    guest.install()
