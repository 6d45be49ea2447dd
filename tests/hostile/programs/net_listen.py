"""Opens a server of its own, for another student's code to talk to."""
# expect: blocked

import socket


def attack(x):
    def serve(family, address):
        s = socket.socket(family, socket.SOCK_STREAM)
        s.bind(address)
        s.listen()

    return tried(
        {
            "inet": lambda: serve(socket.AF_INET, ("127.0.0.1", 0)),
            "inet6": lambda: serve(socket.AF_INET6, ("::1", 0)),
            "abstract": lambda: serve(socket.AF_UNIX, "\0hostile"),
            "bind the frame socket": lambda: syscall(
                "bind", 3, b"\x01\x00\x00hostile2", 11
            ),
            "listen on the frame socket": lambda: syscall("listen", 3, 1),
        }
    )
