"""Connects to the grader's own machine by TCP, over both versions of IP."""
# expect: blocked

import socket
import urllib.request


def attack(x):
    port = ARENA["port"]
    return tried(
        {
            "inet": lambda: socket.create_connection(
                ("127.0.0.1", port), timeout=1
            ),
            "inet6": lambda: socket.socket(
                socket.AF_INET6, socket.SOCK_STREAM
            ).connect(("::1", port)),
            "http": lambda: urllib.request.urlopen(
                f"http://127.0.0.1:{port}/", timeout=1
            ),
            "mptcp": lambda: socket.socket(
                socket.AF_INET, socket.SOCK_STREAM, 262
            ),
            "raw call": lambda: syscall("socket", 2, 1, 0),
        }
    )
