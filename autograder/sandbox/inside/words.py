"""What is said beside student code, where English alone is known: `sandbox.retold` tells it to people.

Braces are filled in here; whoever reads the sentence finds them again.
"""

from __future__ import annotations

NOT_JSON = "the file is no notebook: it is not JSON"
NOT_JSON_AT = "the file is no notebook: it is not JSON (line {line})"
NESTED = "the file cannot be read as a notebook: its parts nest too deep"
NO_CELLS = "the file is no notebook: it has no cells"
MANY_CELLS = "the file holds more than {most} cells"
MUCH_CODE = "the file holds more than {most} characters of code"
MANY_STATEMENTS = "the file holds more than {most} statements"
NESTED_CODE = "it nests too deep"

NO_LANDLOCK = "landlock_* are not there: let the container's seccomp profile allow them (Linux 5.13)"
LANDLOCK_OFF = "Landlock is switched off: boot the kernel with lsm=landlock"
LANDLOCK_FORBIDDEN = "landlock_* are forbidden ({why}): let the container's seccomp profile allow them"
NO_SECCOMP = "libseccomp is missing, or cannot filter here ({why}): apt install libseccomp2"
LEFT_OUT = "{wall} was left out"
