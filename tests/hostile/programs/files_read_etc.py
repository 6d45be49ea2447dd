"""Reads what the machine says of itself: users, password hashes, names, mounts."""
# expect: blocked


def attack(x):
    paths = (
        "/etc/passwd",
        "/etc/shadow",
        "/etc/hosts",
        "/etc/hostname",
        "/etc/resolv.conf",
        "/etc/fstab",
    )
    return tried({path: lambda path=path: open(path).read() for path in paths})
