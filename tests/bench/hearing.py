"""How well recordings are heard, next to a plain way of doing it (tests.bench.baseline).

Any folder will do that has a `manifest.json` as tests.bench.clips describes. Sound is fed as a session feeds
it, 100 ms at a time, to the stages that a session has, with a second of silence after each clip; but on a
clock of its own, which the work's CPU time moves on: what came meanwhile waits and is merged, as in a lane.
All runs in one thread of one process. Everything is the same at every run but the times, and `wer_committed`
by a word or two, since slower work reads an open utterance less often.

`wer`: word error rate of the final captions by kind of clip, hesitations included as in the transcripts, and
without them in `wer_fluent`. `wer_committed`: of the words as they were first committed, and not replaced
since; those that only the final caption brought are added. `caption_s`: a word has been said → it is
committed or final; of the words that were heard, `caption_share` of all. `rtf`: CPU seconds of all work on
words for a second of sound. `word_start_ms`, `word_end_ms`: against the word times of TextGrids.

`fillers`: filled pauses and filler phrases, matched in time (overlapping, or at most 0.25 s apart) where a
TextGrid has times, otherwise by number in each clip. Which "like" or "you know" is a filler in a transcript
is judged by the same rules as in captions. Clips of a kind that begins with "read" count as fluent reading.

`vad`: frames of 10 ms, those within 50 ms of an edge left out. The reference is the words (TextGrid, else the
text by forced alignment, where anything is heard), with gaps of at least 0.25 s as silence; `turns`, apart,
are RTTM files, in which somebody who sits elsewhere may speak. `at_10db` … has `noise/`, or white noise, at
that ratio to the level of active speech; `babble_at_10db` … has other clips, which are speech after all.
`noisy`: share of `SoundQuality` windows that say so, of 30 s of each voice from the 4th second on, with
babble and without. `pause_ratio_error`: mean absolute error of the share of pauses. `pitch`: half-second
medians against librosa.pyin: semitones, the share that is 20 % off, and that where none was found.

`other_voice`: of all ordered pairs of speakers, how often it is told that the second one says something, for
6 s after half a minute of the first, as loud or fainter; `alone` is the share of windows that say so of one
speaker. Only a clearly higher or lower voice can be told. The plain way has no such figure.

`invented_words`: words in a minute of silence, white noise and each of `noise/` as loud as speech.
`long_monologue`: half an hour without a pause, as a file is read.
"""

import os
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.hearing.prosody import FRAME, HIGHEST, HOP, LOWEST, STRETCH, ProsodyStage
from models.hearing.sound_quality import SoundQualityStage
from models.hearing.transcription import RecognisedWord, TranscriptionStage, continued
from models.hearing.voice_activity import Detector, SileroDetector, VoiceActivityStage, WebRtcDetector
from models.observations import ProsodySample, SoundQuality, Utterance, VoiceActivity, Word, is_hesitation
from models.stage import SAMPLE_RATE, AudioChunk
from scoring.language import hits
from sessions.session import caption
from tests.bench import baseline
from tests.bench.clips import BETWEEN, Clip, Folder, babble, open_folder
from tests.bench.measure import FRAME as MASK_FRAME
from tests.bench.measure import (
    SaidWord,
    Span,
    Usage,
    active,
    at_snr,
    away_from_edges,
    confirmed_after,
    found_in_time,
    joined,
    mask,
    matched_delays,
    pause_ratio,
    percentiles,
    ratio,
    time_errors,
    word_error_rate,
)
from tests.bench.running import say, show
from tests.models.hearing.sounds import aligner, chunks, moonshine

Samples = npt.NDArray[np.float32]

CHUNK = SAMPLE_RATE // 10
AFTER = SAMPLE_RATE
"""Samples of silence after each clip: a session goes on when somebody has stopped."""
COLLAR = 0.05
SNRS = (10, 5, 0)
VOICE_S = 30
OTHERS_DB = (0, -6, -12)
OTHER_S = 6
SETTLING_S = 3.0
"""Seconds that the state of the sound may take to be known."""
PITCH_S = 10
"""Seconds of each clip whose pitch is compared; the reference is slow."""
LEAST_VOICED = 10
"""Frames in half a second that must have a pitch for it to be compared."""
FIFTH = 12 * np.log2(1.2)
"""Semitones of the usual limit between fine and gross pitch errors, 20 %."""
SPEECH_RMS = 0.05
MONOLOGUE_MIN = float(os.environ.get("RAPPORT_BENCH_MONOLOGUE_MIN", "30"))


@dataclass
class Heard:
    """What one way of hearing made of a clip."""

    text: str
    committed: str
    words: list[SaidWord]
    delays: list[float]
    """Seconds from when a word had been said to when it was confirmed."""
    cpu_s: float
    fillers: list[Span]
    speech: list[Span]
    pitch: list[tuple[float, float]]
    """(middle of a half second, Hz), where there is one."""
    noisy_speech: dict[str, list[list[Span]]] = field(default_factory=dict)
    """By condition, and for each noise: when there was speech."""


def run(data: Path | None) -> dict[str, Any]:
    """Measure; `data` is a folder of recordings."""
    began = time.monotonic()
    folder = open_folder(data)
    for line in folder.skipped:
        say(f"left out: {line}")
    _warm()
    ours, plain = [], []
    for clip in folder.clips:
        say(f"{clip.id} ({clip.kind}, {clip.seconds:.0f} s) …")
        noisy = _noisy_versions(clip, folder)
        ours.append(_ours(clip, noisy))
        plain.append(_plain(clip, noisy))
    say("noise …")
    windows, plain_windows = _noisy(folder)
    reference = [_reference_pitch(clip) for clip in folder.clips]
    figures = {
        **summary(folder.clips, ours, reference),
        "noisy": windows,
        "other_voice": _other_voice(folder),
        "invented_words": _invented(folder),
        "long_monologue": _monologue(folder),
        "baseline": {**summary(folder.clips, plain, reference), "noisy": plain_windows},
        "clips": len(folder.clips),
        "seconds": sum(clip.seconds for clip in folder.clips),
        "skipped": folder.skipped,
        "per_clip": [_one(*each) for each in zip(folder.clips, ours, reference, strict=True)],
        "took_s": time.monotonic() - began,
    }
    show(figures)
    return figures


def _warm() -> None:
    """What is loaded or compiled at first use is no part of the work."""
    moonshine().transcribe(np.zeros(SAMPLE_RATE, np.float32))
    aligner()
    ProsodyStage()


def live(stage: TranscriptionStage, sound: Samples) -> tuple[list[tuple[float, Utterance]], float]:
    """What the stage says of sound that comes 100 ms at a time, each with when (s), and the CPU seconds used.

    Work takes as long as its CPU time; what came meanwhile is one chunk afterwards.
    """
    said: list[tuple[float, Utterance]] = []
    clock = cpu = 0.0

    def take(utterances: Iterable[Utterance]) -> None:
        nonlocal clock, cpu
        began = time.process_time()
        said.extend((clock + time.process_time() - began, utterance) for utterance in utterances)
        took = time.process_time() - began
        clock, cpu = clock + took, cpu + took

    at = 0
    while at < len(sound):
        clock = max(clock, min(at + CHUNK, len(sound)) / SAMPLE_RATE)
        end = max(at + CHUNK, int(clock * SAMPLE_RATE + 0.5) // CHUNK * CHUNK)
        take(stage.feed(AudioChunk(at / SAMPLE_RATE, sound[at:end])))
        at = end
    take(stage.finish())
    return said, cpu


def first_committed(utterances: Sequence[Utterance]) -> list[str]:
    """One utterance's words as a reader saw them committed first, whatever replaced them later, and after
    them those that only its final reading brought."""
    words: list[RecognisedWord] = []
    for utterance in utterances:
        sure = utterance.words if utterance.final else utterance.words[: utterance.committed]
        words = continued(words, [RecognisedWord(_raw(word)) for word in sure])
    return [word.text for word in words]


def _raw(word: Word) -> str:
    return word.raw if word.raw is not None else word.text


def _ours(clip: Clip, noisy: dict[str, list[Samples]]) -> Heard:
    sound = np.concatenate((clip.sound, np.zeros(AFTER, np.float32)))
    said, cpu = live(_transcription(), sound)
    by_id: dict[int, list[Utterance]] = defaultdict(list)
    for _, utterance in said:
        by_id[utterance.id].append(utterance)
    finals = [utterance for _, utterance in said if utterance.final]
    delays, _ = confirmed_after(
        [(at, caption(utterance)) for at, utterance in said], clip.said, 0.0, 0.0, clip.seconds + 1
    )
    prosody = ProsodyStage()
    samples = [*prosody.feed(AudioChunk(0.0, clip.sound[: PITCH_S * SAMPLE_RATE])), *prosody.finish()]
    return Heard(
        text=" ".join(_raw(word) for utterance in finals for word in utterance.words),
        committed=" ".join(word for shown in by_id.values() for word in first_committed(shown)),
        words=[SaidWord(_raw(w), w.start, w.end) for utterance in finals for w in utterance.words],
        delays=delays,
        cpu_s=cpu,
        fillers=[span for utterance in finals for span in _fillers(utterance)],
        speech=_speech(SileroDetector(), clip.sound),
        pitch=[
            ((sample.start + sample.end) / 2, sample.pitch_hz)
            for sample in samples
            if isinstance(sample, ProsodySample) and sample.pitch_hz
        ],
        noisy_speech={
            name: [_speech(SileroDetector(), each) for each in sounds] for name, sounds in noisy.items()
        },
    )


def _plain(clip: Clip, noisy: dict[str, list[Samples]]) -> Heard:
    sound = np.concatenate((clip.sound, np.zeros(AFTER, np.float32)))
    words, shown, cpu = baseline.read(moonshine(), sound)
    text = " ".join(word.text for word in words)
    speech = _speech(WebRtcDetector(), clip.sound)
    return Heard(
        text=text,
        committed=text,
        words=words,
        delays=matched_delays(words, shown, clip.said),
        cpu_s=cpu,
        fillers=baseline.fillers(words),
        speech=speech,
        pitch=_plain_pitch(clip, speech),
        noisy_speech={
            name: [_speech(WebRtcDetector(), each) for each in sounds] for name, sounds in noisy.items()
        },
    )


def _transcription(provisional: bool = True) -> TranscriptionStage:
    return TranscriptionStage(moonshine(), SileroDetector(), aligner(), provisional)


def _fillers(utterance: Utterance) -> list[Span]:
    words = utterance.words
    marked = [hit for hit in hits([word.text for word in words]) if hit.mark == "filler"]
    spoken = [(words[hit.first].start, words[hit.last].end) for hit in marked]
    return sorted([*spoken, *((each.start, each.end) for each in utterance.filled_pauses)])


def _speech(detector: Detector, sound: Samples) -> list[Span]:
    stage = VoiceActivityStage(detector)
    flips: list[VoiceActivity] = [*stage.feed(AudioChunk(0.0, sound)), *stage.finish()]
    return [(start.t, end.t) for start, end in zip(flips[::2], flips[1::2], strict=True)]


def _noisy_versions(clip: Clip, folder: Folder) -> dict[str, list[Samples]]:
    """The clip with noises, by condition; none where it is not known when there is speech."""
    if not clip.said:
        return {}
    frames = mask(clip.speech, _frames(clip))
    noises = list(folder.noises.values()) or [
        np.random.default_rng(1).normal(0, 0.1, len(clip.sound)).astype(np.float32)
    ]
    others = babble(clip, folder.clips)
    return {
        f"{prefix}at_{db}db": [at_snr(clip.sound, frames, noise, db) for noise in behind]
        for prefix, behind in (("", noises), ("babble_", [others]))
        for db in SNRS
    }


def _white(samples: int) -> Samples:
    return np.random.default_rng(1).normal(0, SPEECH_RMS, samples).astype(np.float32)


def _frames(clip: Clip) -> int:
    return int(np.ceil(clip.seconds / MASK_FRAME))


# --- pitch


def _pitch_frames(clip: Clip) -> Samples:
    return clip.sound[: PITCH_S * SAMPLE_RATE]


def _halves(pitch: npt.NDArray[np.float64]) -> list[tuple[float, float]]:
    """Medians of half seconds of frames, NaN where there is no pitch."""
    size = STRETCH // HOP
    found = []
    for n in range(len(pitch) // size):
        voiced = pitch[n * size : (n + 1) * size]
        voiced = voiced[~np.isnan(voiced)]
        if len(voiced) >= LEAST_VOICED:
            found.append(((n + 0.5) * STRETCH / SAMPLE_RATE, float(np.median(voiced))))
    return found


def _reference_pitch(clip: Clip) -> list[tuple[float, float]]:
    from librosa import pyin

    sound = _pitch_frames(clip)
    if clip.turns or len(sound) < STRETCH:
        return []
    pitch, _, _ = pyin(
        sound, fmin=LOWEST, fmax=HIGHEST, sr=SAMPLE_RATE, frame_length=FRAME, hop_length=HOP, center=False
    )
    # pyin finds a pitch in the hum of a quiet room as well
    return _halves(np.where(active(sound)[: len(pitch)], pitch, np.nan))


def _plain_pitch(clip: Clip, speech: Sequence[Span]) -> list[tuple[float, float]]:
    from librosa import yin

    sound = _pitch_frames(clip)
    if clip.turns or len(sound) < STRETCH:
        return []
    pitch = yin(
        sound, fmin=LOWEST, fmax=HIGHEST, sr=SAMPLE_RATE, frame_length=FRAME, hop_length=HOP, center=False
    )
    return _halves(np.where(mask(speech, len(pitch)), pitch, np.nan))


def _pitch_errors(reference: list[tuple[float, float]], found: list[tuple[float, float]]) -> list[float]:
    there = {round(at, 2): hz for at, hz in found}
    pairs = [(hz, there[round(at, 2)]) for at, hz in reference if round(at, 2) in there]
    return [float(abs(12 * np.log2(other / one))) for one, other in pairs]


# --- figures


def summary(
    clips: Sequence[Clip], heard: Sequence[Heard], reference_pitch: Sequence[list[tuple[float, float]]]
) -> dict[str, Any]:
    """The figures of one way of hearing."""
    pairs = list(zip(clips, heard, strict=True))
    kinds = list(dict.fromkeys(clip.kind for clip in clips if clip.text))
    texts = {kind: [(c.text, h.text) for c, h in pairs if c.kind == kind] for kind in kinds}
    committed = {
        kind: [(c.text, h.committed) for c, h in pairs if c.kind == kind and c.text] for kind in kinds
    }
    starts: list[float] = []
    ends: list[float] = []
    for clip, one in pairs:
        for errors, more in zip((starts, ends), time_errors(clip.words, one.words), strict=True):
            errors += more
    delays = [delay for one in heard for delay in one.delays]
    pitch = [
        error
        for reference, one in zip(reference_pitch, heard, strict=True)
        for error in _pitch_errors(reference, one.pitch)
    ]
    halves = sum(len(reference) for reference in reference_pitch)
    pauses = [abs(a - b) for clip, one in pairs if (both := _pause_ratios(clip, one)) for a, b in [both]]
    return {
        "wer": {kind: word_error_rate(texts[kind]) for kind in kinds},
        "wer_fluent": {kind: word_error_rate(texts[kind], hesitations=False) for kind in kinds},
        "wer_committed": {kind: word_error_rate(committed[kind]) for kind in kinds},
        "caption_s": percentiles(delays, 50, 90),
        "caption_share": ratio(len(delays), sum(len(clip.said) for clip in clips)),
        "rtf": sum(one.cpu_s for one in heard) / sum(clip.seconds + AFTER / SAMPLE_RATE for clip in clips),
        "word_start_ms": percentiles(starts, 50, 90),
        "word_end_ms": percentiles(ends, 50, 90),
        "fillers": _filler_figures(pairs),
        "vad": _vad_figures(pairs),
        "pause_ratio_error": float(np.mean(pauses)) if pauses else None,
        "pitch": {
            "error_semitones": percentiles(pitch, 50, 90),
            "gross": ratio(sum(error > FIFTH for error in pitch), len(pitch)),
            "missed": ratio(halves - len(pitch), halves),
        },
    }


def reference_fillers(said: Sequence[SaidWord]) -> list[tuple[Span, bool]]:
    """The fillers among words of a transcript, and whether each is a filled pause."""
    found = [hit for hit in hits([word.text for word in said]) if hit.mark == "filler"]
    return [
        ((said[hit.first].start, said[hit.last].end), is_hesitation(said[hit.first].text)) for hit in found
    ]


def _filler_figures(pairs: Sequence[tuple[Clip, Heard]]) -> dict[str, Any]:
    there = found = right = pauses = pauses_right = false_reading = 0
    reading_s = 0.0
    for clip, one in pairs:
        if not (clip.words or clip.text):
            continue
        timed = bool(clip.words)
        said = clip.said if timed else [SaidWord(text, 0.0, 0.0) for text in clip.text.split()]
        reference = reference_fillers(said)
        spans = [span for span, _ in reference]
        matched = found_in_time(spans, one.fillers) if timed else min(len(spans), len(one.fillers))
        if clip.kind.startswith("read"):
            false_reading += len(one.fillers) - matched
            reading_s += clip.seconds
            continue
        there, found, right = there + len(spans), found + len(one.fillers), right + matched
        if timed:
            hesitations = [span for span, hesitation in reference if hesitation]
            pauses += len(hesitations)
            pauses_right += found_in_time(hesitations, one.fillers)
    return {
        "precision": ratio(right, found),
        "recall": ratio(right, there),
        "false_per_min_reading": ratio(60 * false_reading, reading_s),
        "filled_pause_recall": ratio(pauses_right, pauses),
        "there": there,
        "found": found,
    }


def _counts(clip: Clip, speech: Sequence[Span]) -> npt.NDArray[np.int64]:
    """Frames: [speech found, speech missed, false speech, silence]."""
    there, found = mask(clip.speech, _frames(clip)), mask(speech, _frames(clip))
    scored = away_from_edges(there, COLLAR)
    cells = (there & found, there & ~found, ~there & found, ~there & ~found)
    return np.array([int((cell & scored).sum()) for cell in cells])


def _rates(counts: Iterable[npt.NDArray[np.int64]]) -> dict[str, float | None]:
    hit, miss, false, right = sum(counts, np.zeros(4, np.int64)).tolist()
    return {
        "precision": ratio(hit, hit + false),
        "recall": ratio(hit, hit + miss),
        "false_positive_rate": ratio(false, false + right),
    }


def _vad_figures(pairs: Sequence[tuple[Clip, Heard]]) -> dict[str, Any]:
    figures: dict[str, Any] = _rates(_counts(clip, one.speech) for clip, one in pairs if clip.said)
    for name in dict.fromkeys(name for _, one in pairs for name in one.noisy_speech):
        figures[name] = _rates(
            _counts(clip, speech) for clip, one in pairs for speech in one.noisy_speech.get(name, ())
        )
    if any(clip.turns for clip, _ in pairs):
        figures["turns"] = _rates(_counts(clip, one.speech) for clip, one in pairs if clip.turns)
    return figures


def _pause_ratios(clip: Clip, one: Heard) -> tuple[float, float] | None:
    """The share of pauses between the first word and the last, as it was and as it was heard."""
    if not clip.said or clip.speech[-1][1] - clip.speech[0][0] < 1:
        return None
    start, end = clip.speech[0][0], clip.speech[-1][1]
    return pause_ratio(clip.speech, start, end), pause_ratio(joined(one.speech, BETWEEN), start, end)


def _one(clip: Clip, heard: Heard, reference_pitch: list[tuple[float, float]]) -> dict[str, Any]:
    figures = summary([clip], [heard], [reference_pitch])
    return {
        "id": clip.id,
        "kind": clip.kind,
        "seconds": clip.seconds,
        "text": heard.text,
        "fillers_s": [[round(edge, 2) for edge in span] for span in heard.fillers],
        "wer": figures["wer"].get(clip.kind),
        **{key: figures[key] for key in ("caption_s", "rtf", "fillers", "vad", "pitch")},
    }


# --- noise and long sound


def _noisy(folder: Folder) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """Shares of windows that are called noisy: by the stage, and by the baseline."""
    ours: dict[str, list[bool]] = defaultdict(list)
    plain: dict[str, list[bool]] = defaultdict(list)
    for speaker, own in _voices(folder).items():
        sound = np.resize(own, VOICE_S * SAMPLE_RATE)
        voice = Clip(speaker, "voice", speaker, sound)
        spoken = mask(_speech(SileroDetector(), sound), _frames(voice))
        if not spoken.any():
            continue
        others = babble(voice, folder.clips)
        mixed = {"clean": sound, **{f"at_{db}db": at_snr(sound, spoken, others, db) for db in SNRS}}
        for name, each in mixed.items():
            seen = _sound_quality(each)
            ours[name] += [window.problem == "noisy" for window in seen if window.end > SETTLING_S]
            plain[name] += [found for end, found in baseline.noisy(each) if end > SETTLING_S]
    one, other = (
        {name: ratio(sum(said), len(said)) for name, said in each.items()} for each in (ours, plain)
    )
    return one, other


def _voices(folder: Folder) -> dict[str, Samples]:
    """All that each speaker says."""
    clips: dict[str, list[Samples]] = defaultdict(list)
    for clip in folder.clips:
        if not clip.turns:
            clips[clip.speaker].append(clip.sound)
    return {speaker: np.concatenate(own) for speaker, own in clips.items()}


def _sound_quality(sound: Samples) -> list[SoundQuality]:
    stage = SoundQualityStage(SileroDetector())
    return [window for chunk in chunks(sound) for window in stage.feed(chunk)]


def _other_voice(folder: Folder) -> dict[str, float | None]:
    """Share of other speakers that are told, by level, and of windows of one speaker in which one is told."""
    size, remark = VOICE_S * SAMPLE_RATE, OTHER_S * SAMPLE_RATE
    voices = {speaker: sound for speaker, sound in _voices(folder).items() if active(sound).any()}
    alone: list[bool] = []
    told: dict[str, list[bool]] = {f"at_{db}db": [] for db in OTHERS_DB}
    for speaker, own in voices.items():
        alone += [window.problem == "other voice" for window in _sound_quality(_at_least(own, size))]
        first = np.resize(own, size)
        others = [
            _at_least(sound, remark)[:remark] * (_level(own) / _level(sound))
            for other, sound in voices.items()
            if other != speaker
        ]
        for db in OTHERS_DB:
            # the first speaker goes on between the others
            turns = [part for other in others for part in (other * 10 ** (db / 20), first[:remark])]
            ends = [VOICE_S + 2 * OTHER_S * (n + 1) for n in range(len(others))]
            seen = _sound_quality(np.concatenate((first, *turns, np.zeros(SAMPLE_RATE, np.float32))))
            told[f"at_{db}db"] += [
                any(w.problem == "other voice" for w in seen if end - 2 * OTHER_S < w.end <= end)
                for end in ends
            ]
    return {
        **{name: ratio(sum(said), len(said)) for name, said in told.items()},
        "alone": ratio(sum(alone), len(alone)),
    }


def _at_least(sound: Samples, size: int) -> Samples:
    return np.resize(sound, max(size, len(sound)))


def _level(sound: Samples) -> float:
    heard = np.repeat(active(sound), round(MASK_FRAME * SAMPLE_RATE))[: len(sound)]
    return float(np.sqrt(np.mean(np.square(sound[: len(heard)][heard]))))


def _invented(folder: Folder) -> dict[str, int]:
    """Words shown in a minute of what is no speech."""
    size = 60 * SAMPLE_RATE
    sounds = {"silence": np.zeros(size, np.float32), "white": _white(size)}
    for name, noise in folder.noises.items():
        level = max(float(np.sqrt(np.mean(np.square(noise)))), 1e-6)
        sounds[name] = np.clip(np.resize(noise, size) * (SPEECH_RMS / level), -1, 1).astype(np.float32)
    return {
        name: sum(len(each.words) for _, each in live(_transcription(), sound)[0])
        for name, sound in sounds.items()
    }


def _monologue(folder: Folder) -> dict[str, float | None]:
    """Memory and the longest utterance while somebody speaks for half an hour."""
    speech = [
        clip.sound[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
        for clip in folder.clips
        if not clip.turns
        for start, end in _speech(SileroDetector(), clip.sound)
    ]
    if not speech or not MONOLOGUE_MIN:
        return {}
    say(f"A monologue of {MONOLOGUE_MIN:.0f} minutes …")
    stage, usage = _transcription(provisional=False), Usage(os.getpid())
    sound = np.concatenate(speech)
    whole = int(MONOLOGUE_MIN * 60)
    longest, words, early = 0.0, 0, 0.0
    began = time.process_time()
    for second in range(whole):
        piece = np.take(sound, np.arange(second * SAMPLE_RATE, (second + 1) * SAMPLE_RATE), mode="wrap")
        for utterance in stage.feed(AudioChunk(float(second), piece)):
            longest, words = max(longest, utterance.end - utterance.start), words + len(utterance.words)
        if second == whole // 6:
            early = usage.rss_mb()
    words += sum(len(utterance.words) for utterance in stage.finish())
    return {
        "minutes": MONOLOGUE_MIN,
        "words_per_min": words / MONOLOGUE_MIN,
        "longest_utterance_s": longest,
        "growth_mb": usage.rss_mb() - early,
        "rtf": (time.process_time() - began) / whole,
    }
