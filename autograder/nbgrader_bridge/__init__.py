"""nbgrader's seams, one file each; a course's nbgrader_config.py calls `configure(c)`.

A name is imported when it is first asked for: what only makes feedback needs no torch.
"""

from __future__ import annotations

import importlib

_HOMES = {
    "configure": "guest",
    "TolerantExporter": "exporter",
    "RepairCells": "repair",
    "SanitizeSubmission": "sanitize",
    "HowToSubmit": "how_to_submit",
    "JudgeFunctions": "execute",
    "HideTests": "feedback",
    "FeedbackExporter": "feedback",
}
__all__ = [*_HOMES]


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
