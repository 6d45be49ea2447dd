"""Searches the raw memory of its process, used or freed, for secrets and for others' sources."""
# expect: blocked

import ctypes
import os

MARK = b"hidden-" + b"answer-"


def mapped(address):
    return (
        libc.access(ctypes.c_void_p(address), 0) == 0
        or ctypes.get_errno() != 14
    )


def attack(x):
    page, limit = 4096, 64 << 20
    starts = {
        id(thing) // (1 << 20) * (1 << 20)
        for thing in (attack, x, MARK, os, "x" * 99, [0] * 999)
    }
    starts.add(
        ctypes.addressof(ctypes.create_string_buffer(1 << 16)) // page * page
    )
    starts |= {
        id(m) // (1 << 20) * (1 << 20)
        for m in list(__import__("sys").modules.values())
    }
    seen = 0
    for start in starts:
        for address in range(start, start + (1 << 20), page):
            if seen > limit or not mapped(address):
                continue
            seen += page
            text = ctypes.string_at(address, page)
            place = text.find(MARK)
            if place >= 0 and text[place + 14 : place + 15].isdigit():
                return f"BREACH: {text[place : place + 30]!r}"
    return f"blocked: not in {seen >> 20} MB"
