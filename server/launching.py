"""The server in a process of its own."""

import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import IO
from urllib.request import urlopen

STARTUP_S = 120.0
"""Seconds that the server may take until it is ready: it loads its models first."""
SHUTDOWN_S = 15.0
"""Seconds that it may take to write everything down when it is asked to end."""


class NotStarted(Exception):
    """The server ended, or was not ready in time."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def start(url: str, environment: Mapping[str, str], log: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """Start a server that will be found at `url` and wait until it is ready. Raises NotStarted.

    The environment is all that it has. What it says goes to `log`, or else its errors to stderr.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "server.commandline", "serve"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log or subprocess.DEVNULL,
        stderr=log,
    )
    try:
        until = time.monotonic() + STARTUP_S
        while not _is_ready(url):
            if process.poll() is not None:
                raise NotStarted("the server could not start")
            if time.monotonic() > until:
                raise NotStarted(f"the server was not ready within {STARTUP_S:.0f} s")
            time.sleep(0.1)
    except BaseException:
        end(process)
        raise
    return process


def end(process: subprocess.Popen[bytes]) -> int:
    """Ask a server to end, as a service manager does, and wait; its exit code. Killed if it does not end."""
    process.terminate()
    try:
        return process.wait(SHUTDOWN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _is_ready(url: str) -> bool:
    try:
        with urlopen(f"{url}/ready", timeout=2):
            return True
    except OSError:
        return False
