"""Learning platforms, a file each: names in their downloads, and files with points.  Reads no submission."""

from autograder.platforms import canvas, gradescope, moodle

# Each returns all readings of a name, given whether it is a folder's: there are several if a student's or a
# file's name looks like what the platform adds.
READERS = {"moodle": moodle.read, "canvas": canvas.read, "gradescope": gradescope.read}
