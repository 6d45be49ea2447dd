"""Sends datagrams to the loopback address, and asks a name server that would stand there."""
# expect: blocked

import socket


def attack(x):
    query = b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01x\x00\x00\x01\x00\x01"

    def send(family, address):
        with socket.socket(family, socket.SOCK_DGRAM) as s:
            s.sendto(query, address)

    return tried(
        {
            "inet": lambda: send(socket.AF_INET, ("127.0.0.1", ARENA["port"])),
            "inet6": lambda: send(socket.AF_INET6, ("::1", ARENA["port"])),
            "udplite": lambda: socket.socket(
                socket.AF_INET, socket.SOCK_DGRAM, 136
            ),
        }
    )
