"""Moonshine tiny: the small English recogniser that comes inside the moonshine-voice wheel.

Useful Sensors, "Moonshine: Speech Recognition for Live Transcription and Voice Commands" (2024),
https://arxiv.org/abs/2410.15608. The networks are run in ONNX Runtime, as moonshine_network writes
them down, rather than by the wheel's own library, which always takes every core, spins while it waits and
gives no confidences.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.hearing.moonshine_network import HEADS, WIDTH, Weights, by_layer, decoder, encoder
from models.hearing.transcription import RecognisedWord
from models.network import cpu_session
from models.registry import ModelError, packaged
from models.stage import SAMPLE_RATE

START, END = 1, 2
SPACE = "\N{LOWER ONE EIGHTH BLOCK}".encode()
TOKENS_PER_SECOND = 6.5
"""More tokens a second than this are no speech (Moonshine's own decoding limit)."""
SHORTEST = 0.1
"""Seconds; the encoder's first layers need about this much sound."""
CROSS, PAST, PRESENT = (by_layer(kind) for kind in ("cross", "past", "present"))


def read_vocabulary(data: bytes) -> list[bytes]:
    """The tokens of a Moonshine tokenizer file: each a length (one byte, from 128 on two), then its bytes."""
    tokens = []
    at = 0
    while at < len(data):
        length = data[at]
        at += 1
        if length >= 128:
            length += (data[at] - 1) * 128
            at += 1
        tokens.append(data[at : at + length])
        at += length
    return tokens


def agreed(draft: Sequence[int], chosen: Sequence[int]) -> int:
    """How many leading tokens of the draft were chosen again."""
    for count, (one, other) in enumerate(zip(draft, chosen, strict=False)):
        if one != other:
            return count
    return min(len(draft), len(chosen))


@dataclass(slots=True)
class _Token:
    id: int
    probability: float


class MoonshineRecogniser:
    """English speech to words, one thread a call, shared by all sessions of a process."""

    name = "moonshine-tiny-en"

    def __init__(self, folder: Path | None = None) -> None:
        """Load the networks from `folder`, by default from the wheel. Raises ModelError if they cannot be."""
        folder = packaged("moonshine_voice", "assets/tiny-en") if folder is None else folder
        try:
            encoding, decoding = (
                Weights(folder / name) for name in ("encoder_model.ort", "decoder_model_merged.ort")
            )
            self._encoder = cpu_session(encoder(encoding, decoding))
            self._decoder = cpu_session(decoder(decoding))
            self._vocabulary = read_vocabulary((folder / "tokenizer.bin").read_bytes())
        except Exception as error:
            raise ModelError(f"Moonshine cannot be loaded from {folder}: {error}") from error

    @staticmethod
    def step(seconds: float) -> float:
        """Seconds to wait between two readings of an utterance `seconds` long: longer ones cost more."""
        return 0.15 + 0.02 * seconds

    def transcribe(
        self, samples: npt.NDArray[np.float32], draft: Sequence[RecognisedWord] = ()
    ) -> list[RecognisedWord]:
        """The words in `samples` (mono, 16 kHz), without times.

        `draft` is an earlier reading of the beginning of the same sound: what still holds of it is checked in
        one pass instead of being found again token by token, several times faster; the words are the same up
        to rounding in the quantised network.
        """
        if len(samples) < SHORTEST * SAMPLE_RATE:
            return []
        return self._words(self._decode(samples, [token for word in draft for token in word.tokens]))

    def _decode(self, samples: npt.NDArray[np.float32], draft: list[int]) -> list[_Token]:
        from onnxruntime import OrtValue

        value = OrtValue.ortvalue_from_numpy
        sound = value(np.ascontiguousarray(samples, np.float32)[None])
        heard = dict(zip(CROSS, self._encoder.run_with_ort_values(CROSS, {"sound": sound}), strict=True))
        past = dict.fromkeys(PAST, value(np.zeros((1, HEADS, 0, WIDTH // HEADS), np.float32)))
        limit = max(4, int(np.ceil(len(samples) / SAMPLE_RATE * TOKENS_PER_SECOND)))

        logits, present = self._run(heard, past, [START, *draft], 0)
        chosen = [_best(row) for row in logits]
        kept = agreed(draft, [token.id for token in chosen])
        tokens = chosen[: kept + 1]
        if kept < len(draft):
            present = [value(np.ascontiguousarray(one.numpy()[:, :, : kept + 1])) for one in present]
        while tokens[-1].id != END and len(tokens) < limit:
            past = dict(zip(PAST, present, strict=True))
            logits, present = self._run(heard, past, [tokens[-1].id], len(tokens))
            tokens.append(_best(logits[0]))
        return [token for token in tokens if token.id != END]

    def _run(
        self, heard: dict[str, Any], past: dict[str, Any], ids: list[int], position: int
    ) -> tuple[npt.NDArray[np.float32], list[Any]]:
        from onnxruntime import OrtValue

        inputs = {
            **heard,
            **past,
            "ids": OrtValue.ortvalue_from_numpy(np.array([ids], np.int64)),
            "position": OrtValue.ortvalue_from_numpy(np.array([position], np.int64)),
        }
        logits, *present = self._decoder.run_with_ort_values(["logits", *PRESENT], inputs)
        return logits.numpy()[0], present

    def _words(self, tokens: list[_Token]) -> list[RecognisedWord]:
        groups: list[list[_Token]] = []
        for token in tokens:
            if not groups or self._vocabulary[token.id].startswith(SPACE):
                groups.append([])
            groups[-1].append(token)
        words = []
        for group in groups:
            spelled = b"".join(self._vocabulary[token.id] for token in group)
            text = spelled.replace(SPACE, b"").decode(errors="ignore").strip()
            if text:
                confidence = float(np.prod([token.probability for token in group]) ** (1 / len(group)))
                words.append(
                    RecognisedWord(text, confidence=confidence, tokens=tuple(token.id for token in group))
                )
        return words


def _best(logits: npt.NDArray[np.float32]) -> _Token:
    token = int(logits.argmax())
    return _Token(token, float(1 / np.exp(logits - logits[token]).sum()))
