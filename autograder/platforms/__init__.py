"""Learning platforms, a file each: the names in its downloads, and its files for importing points.

Knows nothing of exercises, and reads no student's file.
"""

from autograder.platforms import canvas, gradescope, moodle

# Each returns all readings of a name, given whether it is a folder's: there are several if a student's or a
# file's name looks like what the platform adds.
READ = {"moodle": moodle.read, "canvas": canvas.read, "gradescope": gradescope.read}
