"""Sends our own functions to workers as compiled code, since students must not read the source.

In: source of a right answer, a double or a probe.  Out: in a worker, the function.  It does not
know what they are for.
"""

import base64
import marshal
from typing import Any

import torch


def compiled(source: str, kind: str) -> str:
    """Return code, without its source, for a worker with the same Python."""
    code = compile(source, f"<{kind}>", "exec", dont_inherit=True, optimize=2)
    return base64.b64encode(marshal.dumps(code)).decode()


def define(code: str, names: dict[str, Any]) -> None:
    """Run what `compiled` returned; names gets the functions that it defines."""
    exec(marshal.loads(base64.b64decode(code)), names)


def defined(code: str, name: str) -> Any:
    """Return the function of this name in what `compiled` returned."""
    names: dict[str, Any] = {"torch": torch}
    define(code, names)
    return names[name]
