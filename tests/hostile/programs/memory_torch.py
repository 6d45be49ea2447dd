"""Asks torch for 10 GB, then for what fits piece by piece, at most 3 GB."""
# expect: blocked

import torch


def attack(x):
    try:
        torch.empty(10 << 30, dtype=torch.uint8)
        return "BREACH: 10 GB at once"
    except RuntimeError:
        pass
    kept = []
    try:
        while len(kept) < 48:
            kept.append(torch.empty(64 << 20, dtype=torch.uint8))
    except RuntimeError:
        pass
    got = 64 * len(kept)
    del kept
    return f"blocked: after {got} MB" if got <= 1024 else f"BREACH: {got} MB"
