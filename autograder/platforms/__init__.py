"""Learning platforms, a file each: names in downloads, and files with points."""

from autograder.platforms import blackboard, canvas, gradescope, moodle
from autograder.platforms.platform import Platform

# No platform: a folder or a file for each student, and any table with a column of ids.
PLAIN = Platform("plain")

# A new platform is a file, and its name in this line.
ALL = (
    moodle.PLATFORM,
    canvas.PLATFORM,
    gradescope.PLATFORM,
    blackboard.PLATFORM,
    PLAIN,
)
PLATFORMS = {platform.name: platform for platform in ALL}
