"""Signed tokens that open rooms: invitations, knocks and seats. What they say can be read, not changed."""

import time
from dataclasses import asdict, dataclass, replace
from typing import ClassVar, TypeVar

from itsdangerous import BadSignature, URLSafeSerializer

from sessions.rooms import Role

MAX_CHARACTERS = 600
"""Longer is none of ours."""


class BadToken(Exception):
    """No token of ours, or one of another kind."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """Lets knock at a room; one for each role, for as many as knock with it."""

    kind: ClassVar[str] = "invitation"
    room: str
    role: Role
    id: str
    expires: int
    """Unix time, s."""

    @property
    def expired(self) -> bool:
        """It no longer holds."""
        return time.time() >= self.expires


@dataclass(frozen=True, slots=True)
class KnockToken:
    """Lets somebody hear what became of their knock."""

    kind: ClassVar[str] = "knock"
    room: str
    id: str


@dataclass(frozen=True, slots=True)
class Seat:
    """Is somebody in a room; the room says whether the seat is still theirs."""

    kind: ClassVar[str] = "seat"
    room: str
    role: Role
    member: str


Token = TypeVar("Token", Invitation, KnockToken, Seat)


class Signer:
    """Makes and reads tokens under one key. The same content always gives the same token."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, token: Invitation | KnockToken | Seat) -> str:
        """The token as text that fits in an address."""
        text = self._serializer(token.kind).dumps(list(asdict(token).values()))
        return text if isinstance(text, str) else text.decode()

    def read(self, kind: type[Token], text: str) -> Token:
        """What a token says, whether it still holds or not. Raises BadToken."""
        if len(text) > MAX_CHARACTERS:
            raise BadToken
        try:
            token = kind(*self._serializer(kind.kind).loads(text))
        except (BadSignature, TypeError):
            raise BadToken from None
        return token if isinstance(token, KnockToken) else replace(token, role=Role(token.role))

    def _serializer(self, kind: str) -> URLSafeSerializer:
        # a token of one kind is no token of another
        return URLSafeSerializer(self._key, salt=f"rapport.{kind}")
