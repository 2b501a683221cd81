"""Signed tokens."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.invitations import BadToken, Invitation, KnockToken, Seat, Signer
from sessions.rooms import Role

SIGNER = Signer(b"k" * 32)
INVITATION = Invitation("ab", Role.CANDIDATE, "cd", int(time.time()) + 86_400)
tokens = st.sampled_from([INVITATION, KnockToken("ab", "cd"), Seat("ab", Role.OBSERVER, "ef")])


def read(like: Invitation | KnockToken | Seat, text: str) -> object:
    if isinstance(like, Invitation):
        return SIGNER.read(Invitation, text)
    if isinstance(like, KnockToken):
        return SIGNER.read(KnockToken, text)
    return SIGNER.read(Seat, text)


@given(tokens)
def test_what_is_signed_is_read(token: Invitation | KnockToken | Seat) -> None:
    text = SIGNER.sign(token)
    assert read(token, text) == token
    assert SIGNER.sign(token) == text


@given(tokens, st.data())
def test_what_is_changed_is_refused(token: Invitation | KnockToken | Seat, data: st.DataObject) -> None:
    text = SIGNER.sign(token)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda each: each != text[at]))
    changed = text[:at] + other + text[at + 1 :]
    try:
        assert read(token, changed) == token, "the last figure of base64 may stand for the same"
    except BadToken:
        return


@pytest.mark.parametrize("kind", [Invitation, KnockToken, Seat])
@pytest.mark.parametrize("token", [INVITATION, KnockToken("ab", "cd"), Seat("ab", Role.OBSERVER, "ef")])
def test_a_kind_is_no_other(kind: type[Seat], token: Seat) -> None:
    if kind is not type(token):
        with pytest.raises(BadToken):
            SIGNER.read(kind, SIGNER.sign(token))


@given(st.text())
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadToken):
        SIGNER.read(Seat, text)


def test_another_key_and_too_long() -> None:
    with pytest.raises(BadToken):
        Signer(b"o" * 32).read(Invitation, SIGNER.sign(INVITATION))
    with pytest.raises(BadToken):
        SIGNER.read(Invitation, SIGNER.sign(INVITATION) + "x" * 1000)


def test_expiry() -> None:
    assert not INVITATION.expired
    assert Invitation("ab", Role.CANDIDATE, "cd", int(time.time()) - 1).expired
