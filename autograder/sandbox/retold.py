"""What was said in English beside student code, told in the language that is spoken.

Knows nothing of who said it, or why.
"""

from __future__ import annotations

import functools
import re

from autograder.languages import tr
from autograder.sandbox.inside import words

# Each sentence, as it stands before its braces are filled in.
LONGEST = 2000  # letters of a sentence; a worker may say anything
SENTENCES = tuple(text for name, text in vars(words).items() if name.isupper())


def retold(said: str) -> str:
    """One of the sentences with its braces filled in, in the language spoken; anything else as it is."""
    for sentence in SENTENCES if len(said) <= LONGEST else ():
        found = _pattern(sentence).fullmatch(said)
        if found:
            return tr(sentence, **found.groupdict())
    return said


@functools.cache
def _pattern(sentence):
    """Matches the sentence, whatever fills its braces."""
    pieces = re.split(r"\{(\w+)\}", sentence)
    texts = map(re.escape, pieces[::2])
    names = [f"(?P<{name}>.*)" for name in pieces[1::2]]
    return re.compile("".join(text + name for text, name in zip(texts, [*names, ""])), re.DOTALL)
