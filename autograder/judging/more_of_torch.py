"""What few students' code needs imported, as its words tell: where none does, a zygote starts sooner.

Whoever needs it unsaid imports it for itself, in each of its workers.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence

# Words without which hardly any student's code makes torch import more of itself, by what that is.
MORE_OF_TORCH = {
    "compiler": r"\b(optim|func|functorch|compiler|checkpoint|parallel|library|flex_attention)\b",
    "shapes": r"\b(meta|broadcast_shapes|ops|vmap|jvp|testing|jit|set_default_device)\b",
    "distributions": r"\bdistributions\b",
    "masked": r"\bmasked\b",
    "quantized": r"\b(ao|quantization|quantized)\b",
    "algebra": r"\bbackward\s*\((?!\s*(\)|(retain|create)_graph))|\bgrad\s*\(|\bautograd\.functional\b",
}
# What is imported, as words tell it; and without which of these, no student's code meets what draws.
IMPORTED = re.compile(r"\bfrom\s+(\w+)[\w.]*\s+import\b|\bimport\s+([\w., ]+)|(__import__|import_module)\b")
DRAWS_NOTHING = {*sys.stdlib_module_names, "torch", "numpy", "IPython"}


def needed(sources: Sequence[str]) -> Iterator[str]:
    """What these statements may need, by its name in `sandbox.inside.warmth.FEW_NEED`."""
    for what, words in MORE_OF_TORCH.items():
        if any(re.search(words, source) for source in sources):
            yield what
    if not all(imported(source) <= DRAWS_NOTHING for source in sources):
        yield "figures"


def imported(source: str) -> set[str]:
    """The modules at the top that a statement may import, and words of its comments that look like one."""
    found = set()
    for one, several, word in IMPORTED.findall(source):
        names = (name.split()[:1] for name in several.split(","))
        found |= {one or word} if one or word else {name[0].partition(".")[0] for name in names if name}
    return found
