"""Connects by Unix sockets: by a path, by an abstract name, in pairs."""
# expect: blocked

import socket


def attack(x):
    def connect(address, kind=socket.SOCK_STREAM):
        with socket.socket(socket.AF_UNIX, kind) as s:
            s.connect(address)

    return tried(
        {
            "path": lambda: connect(ARENA["unix"]),
            "abstract": lambda: connect(ARENA["abstract"]),
            "pair": socket.socketpair,
            "datagram": lambda: connect(ARENA["unix"], socket.SOCK_DGRAM),
        }
    )
