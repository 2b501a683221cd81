"""Whisper through faster-whisper: any CTranslate2 model, more exact and slower than the one that is built in.

Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision" (2022),
https://arxiv.org/abs/2212.04356.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from models.hearing.transcription import RecognisedWord
from models.registry import KNOWN, ModelError
from models.stage import SAMPLE_RATE

SHARE = 1 / 3
"""Part of the time that provisional readings may take."""
SHORTEST_STEP = 0.5
SURE_SILENCE = 0.6
"""Probability of "no speech" from which, with unlikely words, a segment is dropped (Whisper's own limits)."""
UNLIKELY = -1.0
REPETITIVE = 2.4
"""Compression ratio of a segment's text above which it goes round in a loop (Whisper's own limit)."""
TOKENS_PER_SECOND = 8
"""More tokens a second than this are no speech."""


class WhisperRecogniser:
    """Speech to words with times and confidences, one call at a time, shared by all sessions of a process."""

    def __init__(
        self,
        model: str,
        device: str = "cpu",
        compute_type: str = "int8",
        language: str | None = None,
        beam_size: int = 1,
    ) -> None:
        """Load `model`: a folder with a CTranslate2 model, a size such as "small.en", or a hub name.

        `language` is a code such as "en"; None has it detected for each utterance, which takes longer.
        `beam_size` is how many readings are followed side by side; 1 is fastest.
        Raises ModelError when the model is not there, cannot be fetched or cannot be read.
        """
        from faster_whisper import WhisperModel

        folder = Path(model)
        if folder.is_dir():
            for part in ("model.bin", "config.json", "tokenizer.json"):
                if not (folder / part).is_file():
                    raise ModelError(f"the Whisper model folder {folder} has no {part}")
        elif folder.is_absolute() or model.startswith("."):
            raise ModelError(f"there is no Whisper model folder {folder}")
        elif any(info.name == model for info in KNOWN):
            raise ModelError(f"{model} is not here yet; `rapport models pull {model}` fetches it")
        try:
            self._model = WhisperModel(model, device=device, compute_type=compute_type, cpu_threads=1)
        except Exception as error:
            raise ModelError(f"the Whisper model {model} cannot be loaded: {error}") from error
        if language is not None and language not in self._model.supported_languages:
            raise ModelError(f"the Whisper model {model} does not know the language {language!r}")
        self.name = f"whisper {folder.name}"
        self._language = language if self._model.model.is_multilingual else "en"
        self._beam_size = beam_size
        self._lock = Lock()
        self._cost = 0.0
        try:
            self.transcribe(np.zeros(SAMPLE_RATE, np.float32))
        except Exception as error:
            raise ModelError(f"the Whisper model {model} cannot be used: {error}") from error

    def step(self, seconds: float) -> float:
        """Seconds between readings, so that they take a third of the time.

        It follows the time that the latest readings took, those of other sessions that they waited for
        included. The length of the utterance has no part in it: Whisper pads everything to 30 s.
        """
        return max(SHORTEST_STEP, self._cost / SHARE)

    def transcribe(
        self, samples: npt.NDArray[np.float32], draft: Sequence[RecognisedWord] = ()
    ) -> list[RecognisedWord]:
        """The words in `samples` (mono, 16 kHz). A draft is of no use to it."""
        began = time.perf_counter()
        with self._lock:
            segments, _ = self._model.transcribe(
                samples,
                language=self._language,
                beam_size=self._beam_size,
                temperature=0.0,
                condition_on_previous_text=False,
                word_timestamps=True,
                no_speech_threshold=SURE_SILENCE,
                log_prob_threshold=UNLIKELY,
                max_new_tokens=int(len(samples) / SAMPLE_RATE * TOKENS_PER_SECOND) + TOKENS_PER_SECOND,
                vad_filter=False,
            )
            words = [
                word
                for segment in segments
                if segment.compression_ratio <= REPETITIVE
                for word in segment.words or ()
            ]
            took = time.perf_counter() - began
            self._cost = took if self._cost == 0.0 else 0.7 * self._cost + 0.3 * took
        length = len(samples) / SAMPLE_RATE
        return [
            RecognisedWord(
                word.word.strip(),
                start=min(float(word.start), length),
                end=min(float(word.end), length),
                confidence=float(word.probability),
            )
            for word in words
            if word.word.strip()
        ]
