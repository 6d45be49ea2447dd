"""Locks memory so that the machine cannot move it out."""
# expect: blocked


def attack(x):
    return tried(
        {
            "mlock": lambda: syscall("mlock", id(attack) & ~4095, 4096),
            "mlock2": lambda: syscall("mlock2", id(attack) & ~4095, 4096, 0),
            "mlockall": lambda: syscall("mlockall", 1),
        }
    )
