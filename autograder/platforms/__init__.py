"""Learning platforms, a file each: the names in its downloads, and its files for importing points.

Knows nothing of exercises, and reads no student's file.
"""

from __future__ import annotations

from autograder.platforms import canvas, gradescope, moodle
from autograder.platforms.platform import Entry, Platform

PLATFORMS: tuple[Platform, ...] = (moodle.MOODLE, canvas.CANVAS, gradescope.GRADESCOPE)


def entry(name: str, is_folder: bool = False) -> Entry | None:
    """The reading of a name; None if no platform gives such names, or it has two readings."""
    found = [one for read in (moodle.read, canvas.read) for one in read(name, is_folder)]
    return found[0] if len(found) == 1 else None
