"""Grows lists and bytes until no memory is left, at most 2 GB of each."""
# expect: blocked


def grown(make):
    kept, size = [], 0
    try:
        while size < 2048:
            kept.append(make())
            size += 64
    except MemoryError:
        pass
    return size


def attack(x):
    got = [grown(lambda: bytes(64 << 20))]
    try:
        got.append(len([None] * (160 << 20)) * 8 >> 20)
    except MemoryError:
        pass
    return (
        f"blocked: after {got} MB" if max(got) <= 1024 else f"BREACH: {got} MB"
    )
