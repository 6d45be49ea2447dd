"""Adds two lines to a released notebook if the course has a watcher: how to get feedback."""

from pathlib import Path

from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_markdown_cell
from traitlets import Bool

from autograder import settings
from autograder.languages import N_, tr

SUBMIT = N_("**Submit** this notebook in JupyterLab's *Assignment List*, as often as you like.")
FETCH = N_("Wait a minute, then press **Fetch Feedback** there to see how you did.")
NAME = "how_to_submit"  # the cell's id, the same in each release


class HowToSubmit(Preprocessor):
    """For generate_assignment: adds a cell below the first one."""

    enabled = Bool(True)

    def preprocess(self, nb, resources):
        """Changes nothing if autograder.toml has no table `[watch]`.  Raises SettingsError."""
        if settings.watching(Path(self.parent.parent.coursedir.root)) is not None:
            nb.cells.insert(1, new_markdown_cell(f"{tr(SUBMIT)}\n{tr(FETCH)}", id=NAME))
        return nb, resources
