"""How a worker can end, as data and in words; and the sandbox's own failure, which is nobody's fault."""

from __future__ import annotations

from autograder.languages import tr

# Every sentence about a worker's end stands here: what happened -> (kind, words).
ENDS = {
    "slow": ("timeout", "it did not finish within {seconds:g} s"),
    "asleep": ("timeout", "it waited for {seconds:g} s without computing anything"),
    "spent": ("timeout", "the submission used up its {seconds:g} s for all functions together"),
    "limit": ("timeout", "it used more CPU time than a submission may"),
    "signal": ("crashed", "its process was ended by {signal}"),
    "status": ("crashed", "it ended its process with status {status}"),
    "gone": ("crashed", "its process had ended before"),
    "large": ("protocol", "its answer is too large"),
    "much": ("protocol", "its answers are too large together"),
    "count": ("protocol", "wrong number of answers"),
    "load": ("protocol", "its statements did not load"),
    "frame": ("protocol", "{why}"),
}


NO_WORKER = (
    "no worker could be forked: raise the limit of processes (pids-limit) or of memory, or lower --jobs"
)
KILLED = "a worker was killed, as where memory runs out: lower --jobs, or give the machine more memory"
KILLED_EARLY = "it was killed, as where memory runs out: a run with one judge needs 1 GB"
FEW_FILES = "only {most} files may be open at a time: raise the limit, as by `ulimit -n 1024`"
CLOSED = "this user may not run {path}: install the kit where its Python can be read"
STOPPED = "a worker was stopped from outside"
NO_TIME = "the machine gave the worker no time"
GONE = (
    "the template process is gone, as where memory or processes run out: "
    "lower --jobs, or give the machine more"
)
NO_LINUX = "workers need Linux: grade in a Linux machine or container"
NO_START = "the sandbox did not start{why}"
UNBOUND = "cannot bound the worker's memory: {why}"
NO_WALLS = (
    "the walls around student code do not stand here (found: {walls}): {missing}; "
    "or grade with --unsafe, which marks every result"
)
EITHER = "{one}, or else {other}"
USE_BWRAP = "use bwrap"
NO_BWRAP = "bubblewrap is not installed: apt install bubblewrap"
BWRAP_FORBIDDEN = "bubblewrap may not make its namespaces here ({why})"
BWRAP_HANGS, BWRAP_IS_SILENT = "it does not end", "it says nothing"


class SandboxError(Exception):
    """The sandbox itself failed: never the student's fault."""


class Ended(Exception):
    """The worker is gone, by the student's doing.

    what: a key of ENDS.  values: what its words hold.
    """

    def __init__(self, what: str, **values: object):
        super().__init__(what, values)
        self.what, self.values = what, values

    @property
    def kind(self) -> str:
        """`timeout`, `crashed`, or `protocol` where it sent what no right answer sends."""
        return ENDS[self.what][0]

    @property
    def message(self) -> str:
        """The words."""
        values = self.values
        if "why" in values:  # what the frames say, which know no other language
            values = {**values, "why": tr(str(values["why"]))}
        return tr(ENDS[self.what][1], **values)

    def __str__(self) -> str:
        return self.message
