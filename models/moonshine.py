"""Moonshine tiny: the small English recogniser that comes inside the moonshine-voice wheel.

Useful Sensors, "Moonshine: Speech Recognition for Live Transcription and Voice Commands" (2024),
https://arxiv.org/abs/2410.15608. The networks are run here in ONNX Runtime rather than through the wheel's
own library, which always takes every core, spins while it waits and gives no confidences.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.registry import ModelError, packaged
from models.stage import SAMPLE_RATE
from models.transcription import RecognisedWord

START, END = 1, 2
SPACE = "\N{LOWER ONE EIGHTH BLOCK}".encode()
TOKENS_PER_SECOND = 6.5
"""More tokens a second than this are no speech (Moonshine's own decoding limit)."""
SHORTEST = 0.1
"""Seconds; the encoder's first layers need about this much sound."""


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
            self._encoder = _session(folder / "encoder_model.ort")
            self._decoder = _session(folder / "decoder_model_merged.ort")
            self._vocabulary = read_vocabulary((folder / "tokenizer.bin").read_bytes())
        except Exception as error:
            raise ModelError(f"Moonshine cannot be loaded from {folder}: {error}") from error
        outputs = [output.name for output in self._decoder.get_outputs() if output.name != "logits"]
        self._past = [one.name for one in self._decoder.get_inputs() if one.name.startswith("past")]
        self._output_of = dict(zip(self._past, outputs, strict=True))
        self._growing = [name for name in self._past if ".decoder." in name]

    @staticmethod
    def step(seconds: float) -> float:
        """Seconds to wait between two readings of an utterance `seconds` long: longer ones cost more."""
        return 0.3 + 0.02 * seconds

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

        sound = np.ascontiguousarray(samples, np.float32)[None]
        heard = self._encoder.run(
            None, {"input_values": sound, "attention_mask": np.ones(sound.shape, np.int64)}
        )[0]
        value = OrtValue.ortvalue_from_numpy
        # Nothing is padded, so a mask of one element, which broadcasts, says all.
        fixed = {
            "encoder_attention_mask": value(np.ones((1, 1), np.int64)),
            "encoder_hidden_states": value(heard),
        }
        empty = value(np.zeros((1, 8, 0, 36), np.float32))
        past = dict.fromkeys(self._past, empty)
        limit = max(4, int(np.ceil(len(samples) / SAMPLE_RATE * TOKENS_PER_SECOND)))

        logits, present = self._run(fixed, past, [START, *draft], first=True)
        chosen = [_best(row) for row in logits]
        kept = agreed(draft, [token.id for token in chosen])
        tokens = chosen[: kept + 1]
        for name, values in present.items():
            if ".decoder." in name and kept < len(draft):
                values = value(np.ascontiguousarray(values.numpy()[:, :, : kept + 1]))
            past[name] = values
        while tokens[-1].id != END and len(tokens) < limit:
            logits, present = self._run(fixed, past, [tokens[-1].id], first=False)
            past.update(present)
            tokens.append(_best(logits[0]))
        return [token for token in tokens if token.id != END]

    def _run(
        self, fixed: dict[str, Any], past: dict[str, Any], tokens: list[int], *, first: bool
    ) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
        from onnxruntime import OrtValue

        inputs = {
            **fixed,
            **past,
            "input_ids": OrtValue.ortvalue_from_numpy(np.array([tokens], np.int64)),
            "use_cache_branch": OrtValue.ortvalue_from_numpy(np.array([not first])),
        }
        # The sound's own keys and values never change: after the first pass they are not asked for again.
        past_names = self._past if first else self._growing
        outputs = ["logits", *(self._output_of[name] for name in past_names)]
        logits, *present = self._decoder.run_with_ort_values(outputs, inputs)
        return logits.numpy()[0], dict(zip(past_names, present, strict=True))

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


def _session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
