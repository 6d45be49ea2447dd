"""Returns strings that are no text: lone surrogates, control characters, terminal commands."""
# expect: value


def attack(x):
    return ["\ud800", "\x00\x1b]0;x\x07", "\u202e", "<img src=x onerror=alert(1)>"]
