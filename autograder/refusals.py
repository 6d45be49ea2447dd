"""Why nobody is graded, in one sentence each: caught by every door, also where there is no torch."""


class DeclarationError(TypeError):
    """An author's slip, found at import: one sentence that says what to write."""


class BrokenGate(Exception):
    """The reference or the stub is not judged as it must be; the message names the checks."""
