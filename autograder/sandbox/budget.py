"""What one submission may cost in all, whichever of its workers answers: seconds, and bytes of replies."""

from __future__ import annotations

import math

from autograder.errors import Ended

REPLIES = 96 << 20  # bytes; a wrong answer has 12 MB, most of it a million numbers, three times


class Budget:
    """What is left.  Each question takes of it.

    seconds: that workers compute or sleep.  replies: bytes.
    """

    def __init__(self, seconds: float = math.inf, replies: int = REPLIES, whole: Budget | None = None):
        self.seconds, self.left, self.replies, self.whole = seconds, seconds, replies, whole

    def part(self, seconds: float) -> Budget:
        """No more than so many of its seconds: what they are taken of is taken of this one as well."""
        return Budget(seconds, self.replies, self)

    def bounded(self, seconds: float) -> float:
        """So many seconds, or what is left.  Raises Ended where nothing is."""
        if self.left <= 0:
            raise Ended("spent", seconds=self.seconds)
        return min(seconds, self.left, self.whole.bounded(seconds) if self.whole else seconds)

    def take(self, seconds: float) -> None:
        """What a question took; the next one says that nothing is left."""
        self.left -= seconds
        if self.whole:
            self.whole.take(seconds)

    def take_reply(self, size: int) -> None:
        """Raise Ended where the replies are too large together."""
        self.replies -= size
        if self.whole:
            self.whole.take_reply(size)
        elif self.replies < 0:
            raise Ended("much")
