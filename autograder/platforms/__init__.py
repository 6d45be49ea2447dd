"""Learning platforms, a file each: how it names the files that it gives, and how it takes points back.

Knows nothing of what is asked of students, and reads none of their files.
"""

from __future__ import annotations

from autograder.platforms import canvas, gradescope, moodle
from autograder.platforms.platform import Entry, Platform

PLATFORMS: tuple[Platform, ...] = (moodle.MOODLE, canvas.CANVAS, gradescope.GRADESCOPE)


def entry(name: str, is_folder: bool = False) -> Entry | None:
    """What a name alone says; None where no platform gave it, or it can be read in two ways."""
    found = [one for read in (moodle.read, canvas.read) for one in read(name, is_folder)]
    return found[0] if len(found) == 1 else None
