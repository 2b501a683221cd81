"""Observers of a room, as a process of its own: what they read must not delay the candidate that is measured.

Reads a JSON array of seats from standard input. Once every observer has had a snapshot, writes a line; then
counts for the time given and writes each observer's snapshots a second, as JSON. They share the machine with
the server that is measured, so they do next to nothing: plain sockets in one loop, and messages are counted,
not parsed.

    python -m tests.bench.watchers http://127.0.0.1:8080 --room ID --seconds 60 < seats.json
"""

import argparse
import json
import selectors
import socket
import sys
import time
from urllib.parse import urlsplit

SNAPSHOT = b'"type":"snapshot"'
OK = b"HTTP/1.1 200"
MOST_BYTES = 1 << 16
PATIENCE_S = 30.0


class Stream:
    """One observer's."""

    def __init__(self, host: str, port: int, room: str, seat: str) -> None:
        self.count = 0
        self._tail = b""
        self.socket = socket.create_connection((host, port), PATIENCE_S)
        self.socket.sendall(
            f"GET /api/rooms/{room}/watch HTTP/1.1\r\nHost: {host}:{port}\r\n"
            f"Authorization: Bearer {seat}\r\n\r\n".encode()
        )
        answer = self.socket.recv(len(OK), socket.MSG_WAITALL)
        if answer != OK:
            raise RuntimeError(f"an observer may not watch: {answer!r}")

    def read(self) -> None:
        """Take what is there."""
        data = self.socket.recv(MOST_BYTES)
        if not data:
            raise RuntimeError("an observer's stream has ended")
        data = self._tail + data
        self.count += data.count(SNAPSHOT)
        # one that was cut in two is counted once its rest is there
        self._tail = data[1 - len(SNAPSHOT) :]


def watch(url: str, room: str, seats: list[str], seconds: float) -> None:
    """Watch with all seats at once."""
    address = urlsplit(url)
    assert address.hostname
    assert address.port
    streams = [Stream(address.hostname, address.port, room, seat) for seat in seats]
    selector = selectors.DefaultSelector()
    for stream in streams:
        selector.register(stream.socket, selectors.EVENT_READ, stream)

    def read_until(end: float) -> None:
        for key, _ in selector.select(max(0.0, end - time.monotonic())):
            key.data.read()

    late = time.monotonic() + PATIENCE_S
    while not all(stream.count for stream in streams):
        if time.monotonic() > late:
            raise RuntimeError("an observer has had no snapshot")
        read_until(late)
    print("watching", flush=True)
    before, began = [stream.count for stream in streams], time.monotonic()
    while time.monotonic() < began + seconds:
        read_until(began + seconds)
    took = time.monotonic() - began
    print(json.dumps([(stream.count - n) / took for stream, n in zip(streams, before, strict=True)]))


def main() -> None:
    """Parse the command line, watch, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url")
    parser.add_argument("--room", required=True)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    watch(given.url, given.room, json.load(sys.stdin), given.seconds)


if __name__ == "__main__":
    main()
