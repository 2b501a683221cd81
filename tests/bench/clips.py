"""A folder of recordings with what is said in them: `manifest.json`, and word times or turns beside it.

The manifest is a list of clips, or an object whose `clips` is one. A clip has a `path` and may have `id`,
`kind`, `text`, `speaker`, `textgrid` and `rttm`; the last two are looked for beside the sound under its name
unless they are given. `noise/` holds background noise. Recordings with an RTTM file that no clip names are
taken as clips of kind "turns".
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, cycle, islice
from pathlib import Path
from typing import Any

import av.error
import numpy as np
import numpy.typing as npt

from models.hearing.transcription import interpolated
from models.stage import SAMPLE_RATE
from server.commandline import Complaint
from tests.bench.measure import FRAME, Mask, SaidWord, Span, active, joined, pairs, spans
from tests.bench.recording import TWO_CITIES, textgrid_words
from tests.bench.running import folder_with
from tests.fixtures import media
from tests.models.hearing.sounds import aligner

Samples = npt.NDArray[np.float32]

BETWEEN = 0.25
"""Seconds between words from which on the speaker is silent; closures inside words are shorter."""
ALIGNED = 0.9
"""Share of a text's words that must be found in the sound for its times to be a reference."""


@dataclass(frozen=True)
class Clip:
    """A recording and what is known of it."""

    id: str
    kind: str
    speaker: str
    sound: Samples
    """Mono, 16 kHz."""
    text: str = ""
    words: list[SaidWord] = field(default_factory=list)
    """From a TextGrid; empty where there is none."""
    turns: list[Span] = field(default_factory=list)
    """When anybody speaks, from an RTTM file; empty where there is none."""

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.sound) / SAMPLE_RATE

    @cached_property
    def said(self) -> list[SaidWord]:
        """The words of the text with their times; empty where it does not fit the sound.

        They are the TextGrid's where it has the word; the text may tell of more, of hesitations above all.
        Without a TextGrid they come from forced alignment: near enough to say how late a caption is, and when
        there is speech.
        """
        if not self.text:
            return self.words
        texts = self.text.split()
        known: list[Span | None] = [None] * len(texts)
        for there, here in pairs([word.text for word in self.words], texts):
            known[here] = self.words[there][1:]
        given = [time is not None for time in known]
        if not self.words:
            known = aligner().alignment(self.sound, texts).words
            if sum(time is not None for time in known) < ALIGNED * len(texts):
                return []
        heard = active(self.sound)
        return [
            # aligners let a word last over the pause beside it
            SaidWord(text, *(time if certain else _longest(time, heard)))
            for text, time, certain in zip(
                texts, interpolated(texts, known, 0.0, self.seconds), given, strict=True
            )
        ]

    @property
    def speech(self) -> list[Span]:
        """When there is speech, where that is known."""
        return joined(self.turns or [(word.start, word.end) for word in self.said], BETWEEN)


def _longest(time: Span, heard: Mask) -> Span:
    """The longest stretch in which anything is heard of the time given; all of it where nothing is."""
    first, last = (round(edge / FRAME) for edge in time)
    stretches = joined([(time[0] + a, time[0] + b) for a, b in spans(heard[first:last])], BETWEEN)
    return max(stretches, key=lambda span: span[1] - span[0], default=time)


@dataclass(frozen=True)
class Folder:
    """What a benchmark of hearing works on."""

    clips: list[Clip]
    noises: dict[str, Samples]
    skipped: list[str]
    """Why each clip that could not be used was left out."""


def open_folder(data: Path | None) -> Folder:
    """The recordings in `data` or in `data/speech`; without one, the reading that comes with a model's wheel.

    Raises Complaint when there is no manifest, or nothing in it that can be read.
    """
    if data is None:
        sound = _sound(media.speech())
        return Folder([Clip("two_cities", "read_long", "reader", sound, TWO_CITIES)], {}, [])
    root = folder_with(data, "speech", "manifest.json")
    clips: list[Clip] = []
    skipped: list[str] = []
    entries = _entries(root / "manifest.json")
    named = {(root / str(entry.get("path", ""))).resolve() for entry in entries}
    turns = [path.with_suffix(".wav") for path in sorted(root.rglob("*.rttm"))]
    entries += [
        {"path": str(path.relative_to(root)), "kind": "turns"}
        for path in turns
        if path.is_file() and path.resolve() not in named
    ]
    for number, entry in enumerate(entries):
        try:
            clips.append(_clip(root, entry))
        except (OSError, ValueError, KeyError, av.error.FFmpegError) as error:
            skipped.append(f"{entry.get('id') or entry.get('path') or f'clip {number}'}: {_reason(error)}")
    if not clips:
        raise Complaint(f"{root}: no clip can be used; {'; '.join(skipped) or 'the manifest is empty'}")
    noises = {}
    for path in sorted((root / "noise").glob("*.wav")):
        try:
            noises[path.stem] = _sound(path)
        except (OSError, ValueError, av.error.FFmpegError) as error:
            skipped.append(f"noise/{path.name}: {_reason(error)}")
    return Folder(clips, noises, skipped)


def _entries(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Complaint(f"{path}: cannot be read as JSON ({error})") from None
    entries = found.get("clips") if isinstance(found, dict) else found
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Complaint(f'{path}: is neither a list of clips nor an object with "clips"')
    return list(entries)


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, KeyError):
        return f"has no {error}"
    return getattr(error, "strerror", None) or str(error)


def _sound(path: Path) -> Samples:
    if not path.is_file():
        raise FileNotFoundError(path)
    samples = media.samples(path, SAMPLE_RATE).astype(np.float32) / 32_768
    if not len(samples):
        raise ValueError("there is no sound in it")
    return samples


def _clip(root: Path, entry: dict[str, Any]) -> Clip:
    path = root / str(entry["path"])
    textgrid, rttm = (
        root / entry[key] if entry.get(key) else path.with_suffix(suffix)
        for key, suffix in (("textgrid", ".TextGrid"), ("rttm", ".rttm"))
    )
    return Clip(
        id=str(entry.get("id") or path.stem),
        kind=str(entry.get("kind") or "other"),
        speaker=str(entry.get("speaker") or entry.get("id") or path.stem),
        sound=_sound(path),
        text=str(entry.get("text") or ""),
        words=textgrid_words(textgrid) if textgrid.is_file() else [],
        turns=rttm_turns(rttm.read_text(encoding="utf-8")) if rttm.is_file() else [],
    )


def rttm_turns(text: str) -> list[Span]:
    """When anybody speaks, from the SPEAKER lines of an RTTM file, in order."""
    lines = [line.split() for line in text.splitlines() if line.startswith("SPEAKER")]
    return sorted((float(line[3]), float(line[3]) + float(line[4])) for line in lines)


def babble(clip: Clip, clips: Iterable[Clip], count: int = 6) -> Samples:
    """Several other voices at once, each at the same level, as long as the clip.

    Where there are not enough other speakers, time-reversed speech makes up for them.
    """
    voices = [each for each in clips if not each.turns]
    forward = {each.speaker: each.sound for each in voices if each.speaker != clip.speaker}
    backward = cycle([each.sound[::-1] for each in voices or [clip]])
    mixed = np.zeros(len(clip.sound), np.float32)
    for n, sound in enumerate(islice(chain(forward.values(), backward), count)):
        loud = sound[np.abs(sound) > 0.1 * np.abs(sound).max()]
        # each from another place, since the same voice may be there twice
        voice = np.resize(np.roll(sound, n * len(sound) // count), len(mixed))
        mixed += voice / max(float(np.sqrt(np.mean(loud**2))), 1e-6)
    return mixed
