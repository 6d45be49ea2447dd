"""What a worker does: it takes frames from its judge, and answers them, until its socket closes.

After the first load, student code controls it: nothing that it answers is trusted.
"""

import os
import sys
from collections.abc import Callable, Iterable

from autograder import wire
from autograder.reading import parser, slips
from autograder.sandbox.inside import loading, permits, probes, watch

SOCKET = 3  # its only descriptor besides 0, 1 and 2, which are /dev/null
LOADING = 748_312_065  # the seed while statements run; no check's data is drawn from it
READERS: dict[str, Callable] = {"parse": parser.parse, "slips": slips.slips}


def serve() -> None:
    """Answer each frame of the judge.  Ends this process, and never returns."""
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.stderr = open(1, "w", errors="replace", closefd=False)  # noqa: SIM115
    student = _Student()
    os.write(
        SOCKET, b"!"
    )  # the judge learns our process id from this message's credentials
    while True:
        tree_size, data_size = wire.HEAD.unpack(_received(wire.HEAD.size))
        operation, arguments = wire.unpack_ours(
            _received(tree_size), _received(data_size)
        )
        if operation == "load":
            values: Iterable[object] = [student.load(*arguments)]
        elif operation == "ask":
            values = student.answers(*arguments)
        else:
            values = [READERS[operation](*arguments)]
        frame = memoryview(wire.pack_each(values))
        while frame:
            frame = frame[os.write(SOCKET, frame) :]


class _Student:
    """The code of one submission, with what its calls are watched by."""

    def __init__(self) -> None:
        self.sink = permits.permit()
        self.space = loading.Space()
        self.watch = watch.Watch()
        self.probes = probes.load({})

    def load(self, statements: list, functions: list, parts: dict, codes: dict) -> dict:
        """Run statements in a new space.  Returns its report.  codes: of the exercises' own
        probes.
        """
        self.space = loading.Space()
        self.sink.clear()
        probes.seed(LOADING)
        self.probes = probes.load(codes)
        report = self.space.load(statements, functions, parts)
        self.watch = watch.Watch()
        return report

    def answers(self, name: str, questions: list) -> Iterable[object]:
        """Yield the answer to each question about a function."""
        probes.seed(0)
        for question in questions:
            yield self._answer(name, *question)

    def _answer(
        self, name: str, key: str, args: list, roles: dict, recordings: dict
    ) -> object:
        """Return the answer to one question.  An exception is its answer, so that other cases
        lose nothing.

        key: of the probe, and after a colon that of another one through which it calls the
        function.
        """
        try:
            self.sink.refused = None
            outer, _, inner = key.partition(":")
            probe = self.probes[outer]
            log = self.space.use(roles, recordings, dict(zip(probe.names, args)))
            function = own = self.watch.function(self.space.names[name])
            if inner:
                function = lambda *inputs: self.probes[inner](own, log, [*inputs])  # noqa: E731
            value = probe(function, log, args)
            effect = self.watch.side_effect()
            if self.sink.refused is not None:
                raise self.sink.refused
            return wire.SideEffect(effect, value) if effect else value
        except BaseException as error:
            self.watch.put_back()
            return wire.Raised(*loading.described(error))


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
