"""Gives `pybabel extract` the sentences that exercises declare; pyproject.toml names it, no
command runs it.

A title, a hint, or what a mistake says can be made of parts, so no reader of the source
would find it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from autograder import exercises


def extract(
    file: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[Any]:
    """Yield the sentences of an assignment as Babel's own methods do: (line, function,
    sentence, comments).

    file: the `__init__.py` of the assignment's folder.
    """
    for exercise in exercises.load(Path(file.name).parent.name):
        for check in exercise.checks:
            yield 1, None, check.title, []
        for hint in exercise.hints.values():
            yield 1, None, hint, []
        for mistake in exercise.mistakes:
            yield 1, None, mistake.says, []
