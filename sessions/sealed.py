"""Files that are unreadable without their key: AES-256-GCM in pieces, so that any part can be read alone.

Both kinds of file begin with the same header: 8 bytes that say what it is, a salt, a check of the key, and a
label of the content, such as its media type. The key of a file is derived from the owner's key, the salt and
the label (HKDF, RFC 5869), so no two files share one and a piece's number can be its nonce.
"""

import base64
import binascii
import hmac
import io
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
CHUNK: Final = 64 * 1024
"""Bytes of a file that are sealed together; what is read for a single byte."""
TAG: Final = 16
_MAGIC, _SALT, _CHECK, _LABEL = b"sealed\x00\x01", 16, 16, 24
HEADER: Final = len(_MAGIC) + _SALT + _CHECK + _LABEL
_LENGTH = 4
_LAST, _NOT_LAST = b"last", b""


class BadKey(ValueError):
    """This is no key; says in a sentence what one looks like."""


class WrongKey(Exception):
    """The file was sealed with another key."""


class Damaged(Exception):
    """The file is not what was written."""


def parse_key(text: str) -> bytes:
    """The 32 bytes of a key in base64. Raises BadKey."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise BadKey(f"a recording key is {KEY_BYTES} random bytes in base64 (44 characters)")
    return key


def load_or_make_key(path: Path) -> bytes:
    """The key in a file, which is made when it is not there, readable to its owner alone. Raises BadKey."""
    try:
        key = secrets.token_bytes(KEY_BYTES)
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(base64.b64encode(key) + b"\n")
        return key
    except FileExistsError:
        try:
            return parse_key(path.read_text("ascii", errors="replace"))
        except BadKey as error:
            raise BadKey(f"{path} holds no key: {error}; put the right one there, or remove it") from None


class _Cipher:
    """Seals and opens the pieces of one file."""

    def __init__(self, key: bytes, salt: bytes, label: bytes) -> None:
        derived = HKDF(SHA256(), 32 + _CHECK, salt, label).derive(key)
        self._aead = AESGCM(derived[:32])
        self.header = _MAGIC + salt + derived[32:] + label

    @classmethod
    def new(cls, key: bytes, label: str) -> "_Cipher":
        return cls(key, secrets.token_bytes(_SALT), label.encode().ljust(_LABEL, b"\0"))

    @classmethod
    def of(cls, key: bytes, header: bytes) -> "_Cipher":
        if len(header) < HEADER or not header.startswith(_MAGIC):
            raise Damaged("this is not a sealed file")
        cipher = cls(key, header[len(_MAGIC) :][:_SALT], header[HEADER - _LABEL : HEADER])
        if not hmac.compare_digest(cipher.header, header[:HEADER]):
            raise WrongKey("sealed with another key")
        return cipher

    @property
    def label(self) -> str:
        return self.header[-_LABEL:].rstrip(b"\0").decode(errors="replace")

    def seal(self, number: int, data: bytes | bytearray | memoryview, note: bytes) -> bytes:
        return self._aead.encrypt(number.to_bytes(12, "big"), data, note)

    def open(self, number: int, sealed: bytes, note: bytes) -> bytes:
        try:
            return self._aead.decrypt(number.to_bytes(12, "big"), sealed, note)
        except InvalidTag:
            raise Damaged(f"piece {number} is not what was written") from None


class SealedWriter(io.RawIOBase):
    """A new sealed file, to be written from beginning to end; its first `CHUNK` bytes may be written over.

    That much going back is what a muxer needs, which completes its header at the end. Until it is closed the
    file lies beside its place under another name, so that a half-written one is never found.
    """

    def __init__(self, path: Path, key: bytes, label: str) -> None:
        """`label` has at most 24 bytes. Raises OSError, here and in `write` and `close`."""
        self._path, self._part = path, path.with_name(path.name + ".part")
        self._cipher = _Cipher.new(key, label)
        self._file: IO[bytes] = self._part.open("wb")
        self._file.write(self._cipher.header + bytes(CHUNK + TAG))
        self._first = bytearray()
        self._open = bytearray()
        self._sealed = 1
        self._at = 0

    def writable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Within limits, yes."""
        return True

    @property
    def _size(self) -> int:
        return len(self._first) + (self._sealed - 1) * CHUNK + len(self._open)

    def write(self, data: object) -> int:
        """Take bytes at the current place, which is in the first `CHUNK` bytes or the end."""
        view = memoryview(data).cast("B")  # type: ignore[arg-type]
        count = len(view)
        if self._at < CHUNK:
            here = min(count, CHUNK - self._at)
            self._first[self._at : self._at + here] = view[:here]
            self._at += here
            view = view[here:]
        if len(view):
            if self._at != self._size:
                raise io.UnsupportedOperation("sealed files are written from beginning to end")
            self._open += view
            self._at += len(view)
            while len(self._open) > CHUNK:
                self._file.write(self._cipher.seal(self._sealed, self._open[:CHUNK], _NOT_LAST))
                del self._open[:CHUNK]
                self._sealed += 1
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place that exists already."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if not 0 <= start + offset <= self._size:
            raise io.UnsupportedOperation("there is nothing there yet")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        """The current place."""
        return self._at

    def finish(self) -> None:
        """Seal what is open and put the file in its place."""
        if self._open:
            self._file.write(self._cipher.seal(self._sealed, self._open, _LAST))
        self._file.seek(HEADER)
        alone = not self._open
        self._file.write(self._cipher.seal(0, self._first, _LAST if alone else _NOT_LAST))
        if alone:
            self._file.truncate()
        self._file.flush()
        os.fsync(self._file.fileno())
        self.close()
        self._part.replace(self._path)

    def close(self) -> None:
        """Let go of the file; unless `finish` was called, nothing is in its place."""
        self._file.close()
        super().close()


class SealedReader:
    """A sealed file of which any part can be read, by several threads at a time."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Raises WrongKey, Damaged or OSError."""
        self._file = path.open("rb", buffering=0)
        try:
            self._cipher = _Cipher.of(key, os.pread(self._file.fileno(), HEADER, 0))
        except BaseException:
            self._file.close()
            raise
        sealed = os.fstat(self._file.fileno()).st_size - HEADER
        self._chunks = max(1, -(-sealed // (CHUNK + TAG)))
        self.size = sealed - self._chunks * TAG
        """Bytes of the content."""

    @property
    def label(self) -> str:
        """What the writer called the content."""
        return self._cipher.label

    @property
    def name(self) -> str:
        """Tells this file from every other one, also from a later one in its place."""
        return self._cipher.header[len(_MAGIC) :][:_SALT].hex()

    def read(self, start: int, length: int) -> bytes:
        """Up to `length` bytes from `start`. Raises Damaged or OSError."""
        stop = min(start + length, self.size)
        if start >= stop:
            return b""
        first, last = start // CHUNK, (stop - 1) // CHUNK
        opened = b"".join(map(self._chunk, range(first, last + 1)))
        return opened[start - first * CHUNK : stop - first * CHUNK]

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> "SealedReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _chunk(self, number: int) -> bytes:
        sealed = os.pread(self._file.fileno(), CHUNK + TAG, HEADER + number * (CHUNK + TAG))
        return self._cipher.open(number, sealed, _LAST if number == self._chunks - 1 else _NOT_LAST)


class SealedLog:
    """A sealed file that grows piece by piece and is whole after each, whenever its writer is killed."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Begin a new log. Raises OSError, as `append` does."""
        self._cipher = _Cipher.new(key, "log")
        self._file = path.open("xb", buffering=0)
        self._number = 0
        self._write(self._cipher.header)

    def append(self, data: bytes) -> None:
        """Add a piece."""
        sealed = self._cipher.seal(self._number, data, _NOT_LAST)
        self._write(len(sealed).to_bytes(_LENGTH, "big") + sealed)
        self._number += 1

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _write(self, data: bytes) -> None:
        # an unbuffered file may take a part of what it is given, of which the rest then fails
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) or 0 :]


def read_log(path: Path, key: bytes) -> Iterator[bytes]:
    """The pieces of a log, up to where its writer was killed. Raises WrongKey, Damaged or OSError."""
    with path.open("rb") as file:
        cipher = _Cipher.of(key, file.read(HEADER))
        number = 0
        while True:
            length = int.from_bytes(file.read(_LENGTH), "big")
            sealed = file.read(length)
            if length < TAG or len(sealed) < length:
                return
            try:
                piece = cipher.open(number, sealed, _NOT_LAST)
            except Damaged:
                return
            yield piece
            number += 1
