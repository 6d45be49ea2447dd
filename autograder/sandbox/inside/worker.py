"""What a worker does: it takes frames from its judge, and answers them, until its socket closes.

After the first load, student code controls it: nothing that it answers is trusted.
"""

import os
import sys
from collections.abc import Callable, Iterable, Sequence

from autograder import wire
from autograder.reading import parser, slips
from autograder.sandbox.inside import loading, permits, probes, side_effects
from autograder.sandbox.inside.exceptions import described

SOCKET = 3  # its only descriptor besides 0, 1 and 2, which are /dev/null
LOADING = 748_312_065  # the seed while statements run; no check's data is drawn from it
PARSERS: dict[str, Callable] = {"parse": parser.parse, "slips": slips.slips}


def serve() -> None:
    """Answer each frame of the judge.  Ends this process, and never returns."""
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.stderr = open(1, "w", errors="replace", closefd=False)  # noqa: SIM115
    student = _Student()
    # The judge learns our process id from this message's credentials.
    os.write(SOCKET, b"!")
    while True:
        tree_size, data_size = wire.HEAD.unpack(_received(wire.HEAD.size))
        tree = _received(tree_size)
        operation, arguments = wire.unpack_ours(tree, _received(data_size))
        if operation == "load":
            values: Iterable[object] = [student.load(*arguments)]
        elif operation == "ask":
            values = student.answers(*arguments)
        else:
            values = [PARSERS[operation](*arguments)]
        frame = memoryview(wire.pack_each(values))
        while frame:
            frame = frame[os.write(SOCKET, frame) :]


class _Student:
    """The code of one submission, with what undoes the side effects of its calls."""

    def __init__(self) -> None:
        permits.permit()
        self.namespace = loading.Namespace()
        self.guard = side_effects.Guard()
        self.probes: dict[str, probes.LoadedProbe] = {}

    def load(
        self, statements: list, functions: list, parts: dict, codes: dict
    ) -> dict:
        """Run statements in a new namespace, and report.  codes: of the exercises' probes."""
        self.namespace = loading.Namespace()
        probes.seed(LOADING)
        self.probes = probes.load(codes)
        report = self.namespace.load(statements, functions, parts)
        self.guard = side_effects.Guard()
        return report

    def answers(self, name: str, questions: list) -> Iterable[object]:
        """Yield the answer to each question about a function.

        An exception is its answer, so that other cases lose nothing.
        """
        probes.seed(0)
        for question in questions:
            try:
                answer = self._answer(name, *question)
                if effect := self.guard.side_effect():
                    answer = wire.SideEffect(effect, answer)
            except BaseException as error:
                self.guard.put_back()
                answer = described(error, self.namespace.doubles)
            yield answer

    def _answer(
        self,
        name: str,
        key: str,
        args: Sequence,
        roles: dict | None = None,
        recorded: dict | None = None,
        use: str = "",
    ) -> object:
        """Return what a probe returns.  use: the key of one through which it calls the function."""
        probe = self.probes[key]
        inputs = dict(zip(probe.names, args))
        log = self.namespace.set_roles(roles or {}, recorded or {}, inputs)
        function = self.guard.function(self.namespace.names[name])
        if use:
            through = self.probes[use]
            return probe(lambda *args: through(function, log, args), log, args)
        return probe(function, log, args)


def _received(size: int) -> bytearray:
    """Return so many bytes from the judge.  Ends the process if the judge is gone."""
    buffer = bytearray(size)
    view = memoryview(buffer)
    while view:
        count = os.readv(SOCKET, [view])
        if not count:
            os._exit(0)
        view = view[count:]
    return buffer
