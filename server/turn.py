"""TURN credentials that last some hours, by the secret that coturn shares (`use-auth-secret`).

Source: "A REST API For Access To TURN Services", draft-uberti-behave-turn-rest-00: the user is the time at
which the credential ends and a name, the password is the HMAC-SHA1 of that under the secret, in base64.
"""

import base64
import hmac
import time

from aiortc import RTCIceServer

LIFE_S = 6 * 3600
"""Longer than any interview."""


def credentials(secret: str, member: str, now: float) -> tuple[str, str]:
    """User and password for a member; they end `LIFE_S` after `now` (Unix time, s)."""
    user = f"{int(now) + LIFE_S}:{member}"
    digest = hmac.digest(secret.encode(), user.encode(), "sha1")
    return user, base64.b64encode(digest).decode()


def servers(urls: tuple[str, ...], secret: str | None, member: str) -> list[RTCIceServer]:
    """The TURN servers for a member, with credentials that begin now; none without a secret."""
    if not urls or not secret:
        return []
    user, password = credentials(secret, member, time.time())
    return [RTCIceServer(urls=list(urls), username=user, credential=password)]
