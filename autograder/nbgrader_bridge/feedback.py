"""What generate_feedback may show of a test cell."""

from __future__ import annotations

from nbconvert.preprocessors import Preprocessor
from nbgrader import utils
from traitlets import Bool

from autograder.nbgrader_bridge.hidden import clearer, without_hidden


class HideTests(Preprocessor):  # nbgrader's own base class would warn of a setting at each page
    """For generate_feedback: a test cell shows its visible check and our words, no hidden region."""

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb, resources):
        """Take the region out of each locked test cell."""
        clear = clearer(self)
        for cell in nb.cells:
            if utils.is_grade(cell) and not utils.is_solution(cell):
                cell.source = without_hidden(cell.source, clear)
        return nb, resources
