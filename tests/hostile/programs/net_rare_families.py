"""Makes a socket of every family the kernel may have: netlink, packet, vsock, crypto and others."""
# expect: blocked


def attack(x):
    attempts = {}
    for family in range(1, 46):
        for kind in (1, 2, 3, 5):
            attempts[f"family {family}"] = lambda f=family, k=kind: syscall(
                "socket", f, k, 0
            )
            attempts[f"pair {family}"] = lambda f=family, k=kind: syscall(
                "socketpair", f, k, 0, bytes(8)
            )
    attempts["icmp"] = lambda: syscall("socket", 2, 2, 1)
    attempts["raw"] = lambda: syscall("socket", 2, 3, 255)
    return tried(attempts)
