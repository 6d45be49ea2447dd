"""The workers of a judge: one that reads submissions, and a sandbox that forks those that run them.

Knows no check and no points.
"""

from collections.abc import Mapping, Sequence

from autograder.authoring.exercise import Exercise
from autograder.errors import Ended, SandboxError
from autograder.intake.submission import Submission
from autograder.reading.parsed import ParsedSubmission, Statement
from autograder.reading.source import Change, changes_from_wire
from autograder.sandbox.client import Sandbox, Worker
from autograder.settings import Settings


class ParserEnded(SandboxError):
    """The worker that reads the file ended, so nothing is known about it; the message says why."""


class Workers:
    """Gives what workers find in a submission's text, and a sandbox for those that run it.

    One worker reads all submissions, and runs none of them.  It and the sandbox start when
    they are first needed, and again after they ended.

    functions: whose statements to find.  sandbox: the first one to use, if one runs already.
    """

    def __init__(
        self,
        functions: Sequence[str],
        settings: Settings,
        sandbox: Sandbox | None = None,
    ):
        self.functions = functions
        self.settings = settings
        self._sandbox = sandbox
        self._parser: Worker | None = None

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox, started when it is first needed, and again if it died."""
        if self._sandbox is None:
            memory = self.settings.memory << 20
            self._sandbox = Sandbox(memory=memory, unsafe=self.settings.unsafe)
        return self._sandbox

    def parse(
        self,
        submission: Submission,
        misnamed: Mapping[str, str] | None = None,
        repaired: Mapping[str, int] | None = None,
    ) -> ParsedSubmission:
        """Return the parsed submission.  Raises ParserEnded.

        misnamed, repaired: as `reading.parser.parse` takes them.  If it needs imports that few
        submissions need, the sandbox has them from now on.
        """
        problem: Exception | None = None
        for _ in range(2):
            parser = self._ready_parser()
            try:
                answer = parser.read(
                    "parse",
                    [
                        submission.text,
                        submission.suffix,
                        self.functions,
                        misnamed,
                        repaired,
                    ],
                    self.settings.load_seconds,
                )
                parsed = ParsedSubmission.from_wire(answer)
            except (Ended, ValueError) as error:
                problem = error
                continue
            if parsed.needs_slow_imports:
                self.sandbox.import_slow()
            return parsed
        raise ParserEnded(str(problem))

    def changes(
        self,
        exercise: Exercise,
        statement: Statement,
        names: list[str],
        line: int,
        most: int,
    ) -> Sequence[Change]:
        """Return changes that may undo a slip; none if the worker ends.

        names: what a change may use.  line: to change first, or 0.  most: how many to return.
        """
        try:
            changes = self._ready_parser().read(
                "slips",
                [
                    statement.source,
                    exercise.function,
                    [*exercise.parameters],
                    names,
                    line,
                    most,
                ],
                self.settings.load_seconds,
            )
        except Ended:
            return []
        return changes_from_wire(changes, len(statement.source))

    def _ready_parser(self) -> Worker:
        if self._parser is None or self._parser.end:
            self._parser = self.sandbox.worker()
        return self._parser

    def require_processes(self) -> None:
        """Start what one submission needs at a time: a worker that reads it, and one that runs it.

        Raises SandboxError or OSError if a limit of this machine prevents that.
        """
        with self.sandbox.worker() as worker:
            self.parse(Submission("", "", ""))
            worker.load([], [], {}, self.settings.load_seconds)

    def close(self) -> None:
        """End the sandbox; the next submission starts another."""
        if self._sandbox is not None:
            self._sandbox.close()
        self._sandbox = self._parser = None
