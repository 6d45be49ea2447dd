"""What a judge's process finds imported.  Python looks for no garbage meanwhile, and never among all that.

Imported by the server that forks them, and by nobody else.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os

# A tenth of what importing torch takes is looking for cycles that it has not made.
gc.disable()
for _name in ("torch", "autograder.grading.executors", "autograder.judging.gate"):
    importlib.import_module(_name)
gc.freeze()
gc.enable()
atexit.register(os._exit, 0)  # else Python takes all of torch apart first, for a fifth of a second
