"""Recordings: received packets kept as they are, encrypted, with the candidate's consent only.

While a session goes on its packets are appended to a log (`sessions/sealed.py`), which a killed server leaves
whole up to its last half second. When the session has ended the log becomes a seekable film
(`sessions/remux.py`), and is gone.
"""

import asyncio
import errno
import os
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from sessions.remux import Codec, Packet, first_picture, media_type, write_film
from sessions.sealed import SealedLog, SealedReader, SealedWriter, read_log

log = structlog.get_logger()
WRITE_EVERY_S = 0.5
"""How often waiting packets go to disk, and so the most that a killed server loses of a recording."""
WAITING_MAX = 4000
"""Packets that may wait for the disk: 45 s."""
KEY_FRAME_EVERY_S = 10.0
"""A browser codes a whole picture only when asked; to seek, a player decodes from the one before."""
ASK_AGAIN_S = 1.0
_CODES: dict[Codec, int] = {"opus": 0, "VP8": 1, "H264": 2}
_CODECS: dict[int, Codec] = {code: codec for codec, code in _CODES.items()}
_HEAD = struct.Struct(">dBBI")
"""Session time, codec, key frame or not, length of the data."""

FULL = "The disk is full, so the recording has stopped. Your session goes on."
FAILED = "The recording could not be written and has stopped. Your session goes on."
SLOW = "The disk is too slow, so the recording has stopped. Your session goes on."


class Recorder:
    """Takes a live session's packets on the event loop; a thread of its own encrypts and writes them."""

    def __init__(self, path: Path, key: bytes, stopped: Callable[[str], None]) -> None:
        """Nothing is written before the first packet. `stopped` is called on the event loop, with a sentence
        for the candidate, when writing failed."""
        self._path, self._key, self._stopped = path, key, stopped
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Packet] = deque()
        self._thread = threading.Thread(target=self._write, name="recording", daemon=True)
        self._closing = threading.Event()
        self._source: object = None
        self._chained = False
        self._key_frame_at = self._asked_at = float("-inf")
        self.running = True

    def picture(self, packet: Packet, source: object) -> bool:
        """Take a picture of the connection `source`; whether a key frame is wanted from it."""
        if not self.running:
            return False
        if source is not self._source:
            self._source, self._chained = source, False
        if packet.key:
            self._chained, self._key_frame_at = True, packet.t
        if self._chained:
            self._take(packet)
        due = not self._chained or packet.t - self._key_frame_at >= KEY_FRAME_EVERY_S
        if not due or 0 <= packet.t - self._asked_at < ASK_AGAIN_S:
            return False
        self._asked_at = packet.t
        return True

    def miss_picture(self) -> None:
        """A picture was left out, so that those up to the next key frame are of no use."""
        self._chained = False

    def sound(self, packet: Packet) -> None:
        """Take a packet of sound."""
        if self.running:
            self._take(packet)

    async def close(self) -> None:
        """Write what waits, and end."""
        self.running = False
        self._closing.set()
        if self._thread.ident is not None:
            await asyncio.to_thread(self._thread.join)

    def _take(self, packet: Packet) -> None:
        if self._thread.ident is None:
            self._thread.start()
        if len(self._waiting) >= WAITING_MAX:
            self._give_up(SLOW)
        else:
            self._waiting.append(packet)

    def _give_up(self, sentence: str) -> None:
        if self.running:
            self.running = False
            self._closing.set()
            self._stopped(sentence)

    def _write(self) -> None:
        try:
            sealed = SealedLog(self._path, self._key)
            try:
                closing = False
                while not closing:
                    closing = self._closing.wait(WRITE_EVERY_S)
                    if self._waiting:
                        sealed.append(self._take_all())
            finally:
                sealed.close()
        except OSError as error:
            log.error("recording stopped", file=self._path.name, error=error.strerror)
            sentence = FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else FAILED
            self._waiting.clear()
            self._loop.call_soon_threadsafe(self._give_up, sentence)

    def _take_all(self) -> bytes:
        # the event loop may go on appending meanwhile
        return b"".join(
            part
            for packet in (self._waiting.popleft() for _ in range(len(self._waiting)))
            for part in (
                _HEAD.pack(packet.t, _CODES[packet.codec], packet.key, len(packet.data)),
                packet.data,
            )
        )


def logged_packets(path: Path, key: bytes) -> Iterator[Packet]:
    """The packets of a log, up to where its writer was killed. Raises WrongKey, Damaged or OSError."""
    for piece in read_log(path, key):
        at = 0
        while at < len(piece):
            t, code, whole, length = _HEAD.unpack_from(piece, at)
            at += _HEAD.size
            yield Packet(t, _CODECS[code], bool(whole), piece[at : at + length])
            at += length


@dataclass(frozen=True, slots=True)
class Film:
    """What is known of a session's recording without playing it."""

    type: str | None
    """Its MIME type; None while it is still being put together."""
    size: int
    """Bytes."""


class Recordings:
    """The folder of all recordings."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder, self._key = folder, key
        self._finishing = threading.Lock()

    def recorder(self, session: str, stopped: Callable[[str], None]) -> Recorder:
        """What records a session that begins; see Recorder."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return Recorder(self._log(session), self._key, stopped)

    def finish(self, session: str) -> None:
        """Make the log of an ended session a film; does nothing where there is none.

        Raises WrongKey, Damaged, OSError or an error of FFmpeg; the log is then still there.
        """
        with self._finishing:
            source = self._log(session)
            if not source.exists():
                return
            picture = first_picture(logged_packets(source, self._key))
            if next(logged_packets(source, self._key), None) is not None:
                writer = SealedWriter(self._film(session), self._key, media_type(picture))
                try:
                    write_film(logged_packets(source, self._key), picture, writer)
                    writer.finish()
                finally:
                    writer.close()
            source.unlink()

    def finish_in_background(self, *sessions: str) -> None:
        """Make films of these sessions' logs without keeping anybody waiting.

        What cannot be finished, or was not when the server ends, stays a log for the next start.
        """

        def work() -> None:
            # on Linux a thread has a priority of its own; what goes on live comes first
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
            for session in sessions:
                try:
                    self.finish(session)
                except Exception:
                    log.exception("recording could not be finished", session=session)

        threading.Thread(target=work, name="film", daemon=True).start()

    def unfinished(self) -> list[str]:
        """The sessions whose recording is still a log."""
        return sorted(path.stem for path in self._folder.glob("*.log"))

    def find(self, session: str) -> Film | None:
        """The recording of a session, if there is one. Raises WrongKey, Damaged or OSError."""
        try:
            with self.open(session) as film:
                return Film(film.label, film.size)
        except FileNotFoundError:
            try:
                next(logged_packets(self._log(session), self._key), None)
            except FileNotFoundError:
                return None
            return Film(None, 0)

    def open(self, session: str) -> SealedReader:
        """A finished recording. Raises WrongKey, Damaged or OSError."""
        return SealedReader(self._film(session), self._key)

    def delete(self, session: str) -> bool:
        """Delete a session's recording; false when there was none."""
        with self._finishing:
            half = self._film(session).with_suffix(".film.part")
            found = [path for path in (self._log(session), self._film(session), half) if path.exists()]
            for path in found:
                path.unlink()
            return bool(found)

    def sessions(self) -> set[str]:
        """The sessions of which there is a recording."""
        return {path.name.split(".")[0] for path in self._folder.glob("*.*")}

    def _log(self, session: str) -> Path:
        return self._folder / f"{session}.log"

    def _film(self, session: str) -> Path:
        return self._folder / f"{session}.film"
