"""A file analysed, against the same file rehearsed.

A clip with a real face and about a minute and a half of real speech goes through `rapport rehearse` (a real
WebRTC session in real time) and `rapport analyse` (as fast as it goes). `times_real_time` is the clip's
length over the time of the whole command, its start included; `transcript_wer_vs_live` is the word error
rate of the file's transcript with the live one as the reference; `subscore_diff_max` the largest difference
of a subscore, in points.
"""

import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import jiwer
import numpy as np

from tests.bench.measure import token
from tests.bench.running import say
from tests.fixtures import media
from tests.fixtures.server import ROOT, rapport

SHARED_SPEECH = ("mfa_acoustic_corpus", "two_cities", "jfk", "lj050_0131")
RATE = 48_000


def run(data: Path | None) -> dict[str, Any]:
    """Measure; `data` is a folder of recordings."""
    names = [data / "speech" / f"{name}.wav" for name in SHARED_SPEECH] if data else [media.speech()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        silence = np.zeros(RATE, np.int16)
        sound = np.concatenate([part for path in names for part in (media.samples(path, RATE), silence)])
        seconds = len(sound) / RATE
        speech = media.write_samples(folder / "speech.wav", sound, RATE)
        say(f"A clip of {seconds:.0f} s …")
        away = [(at, at + 3.0) for at in np.arange(20.0, seconds - 5, 25.0)]
        clip = media.write_clip(folder / "clip.mp4", seconds, absent=away, sound=speech)
        live, _ = _rapport("rehearse", clip, folder)
        file, took = _rapport("analyse", clip, folder)
    scores = {
        key: (live["subscores"][key]["score"], file["subscores"][key]["score"]) for key in live["subscores"]
    }
    return {
        "clip_s": seconds,
        "times_real_time": seconds / took,
        "transcript_wer_vs_live": jiwer.wer(_words(live), _words(file)),
        "subscore_diff_max": max(
            abs(a - b) if a is not None and b is not None else 100 for a, b in scores.values()
        ),
        "subscores": {key: {"live": a, "file": b} for key, (a, b) in scores.items()},
    }


def _rapport(command: str, clip: Path, folder: Path) -> tuple[dict[str, Any], float]:
    say(f"rapport {command} …")
    target = folder / f"{command}.json"
    began = time.monotonic()
    arguments = rapport(command, str(clip), "--json", str(target))
    subprocess.run(arguments, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    took = time.monotonic() - began
    report: dict[str, Any] = json.loads(target.read_text())["report"]
    return report, took


def _words(report: dict[str, Any]) -> str:
    words = (token(word["text"]) for utterance in report["transcript"] for word in utterance["words"])
    return " ".join(word for word in words if word)
