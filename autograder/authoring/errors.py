"""What is raised at import where an author slipped."""


class DeclarationError(TypeError):
    """An author's slip, found at import: one sentence that says what to write."""
