"""ICE settings: which servers are used and which local addresses are offered."""

from typing import Any
from urllib.parse import unquote

import aioice.ice
from aiortc import RTCIceServer


def use_host_addresses(hosts: tuple[str, ...]) -> None:
    """Offer only these local addresses for media, for this process; all of the machine's own if empty.

    aioice leaves out loopback and has no setting of its own, so its look-up is replaced.
    """
    if hosts:
        aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: list(hosts)


def parse_server(text: str) -> RTCIceServer:
    """`stun:host:port` or `turn:user:password@host:port`. Raises ValueError on anything else."""
    scheme, colon, rest = text.partition(":")
    if scheme not in ("stun", "stuns", "turn", "turns") or not colon or not rest:
        raise ValueError(f"ICE server {text!r}: write stun:host:port or turn:user:password@host:port")
    login, at, place = rest.rpartition("@")
    if scheme.startswith("turn") and at:
        user, _, password = login.partition(":")
        return RTCIceServer(urls=f"{scheme}:{place}", username=unquote(user), credential=unquote(password))
    return RTCIceServer(urls=text)


def for_browser(server: RTCIceServer) -> dict[str, Any]:
    """The server as an `RTCIceServer` dictionary of the browser."""
    found = {"urls": server.urls, "username": server.username, "credential": server.credential}
    return {key: value for key, value in found.items() if value}
