"""What can be set, by environment variables that begin with RAPPORT_."""

import os
import secrets
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from models.registry import ModelChoice
from sessions.sealed import BadKey, load_or_make_key, parse_key

List = Annotated[tuple[str, ...], NoDecode]
"""Several values, separated by commas."""


class Settings(BaseSettings):
    """Every field is the environment variable RAPPORT_ and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="RAPPORT_", frozen=True)

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    data: Path = Field(default=Path("data"), description="Folder of the database and of downloaded models.")
    token: str = Field(
        default_factory=lambda: secrets.token_urlsafe(24),
        min_length=16,
        description="The owner's token; a new one at each start unless it is set.",
    )
    ice_servers: List = Field(
        default=(),
        description="STUN and TURN servers, `stun:host:port` or `turn:user:password@host:port`, by commas.",
    )
    ice_hosts: List = Field(
        default=(),
        description="Local addresses offered for media, by commas; if empty, all but loopback.",
    )
    turn_urls: List = Field(
        default=(),
        description="TURN servers for calls, `turn:host:port`, by commas; used with the secret.",
    )
    turn_secret: SecretStr | None = Field(
        default=None,
        description="The secret shared with coturn, of which each member gets a password for some hours.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Key that signs invitations and seats; else made in the data folder.",
    )
    max_sessions: int = Field(
        default_factory=lambda: 2 * (os.cpu_count() or 1),
        ge=1,
        description="Sessions at a time; more are refused with 503. Two a core unless it is set.",
    )
    wait_s: float = Field(default=60, gt=0, description="Seconds that a lost candidate is waited for.")
    retention_days: float = Field(
        default=30, gt=0, description="Days after which stored sessions are deleted."
    )
    recording_key: SecretStr | None = Field(
        default=None,
        description="Key that encrypts recordings, 32 bytes in base64; else made in the data folder.",
    )
    voice_activity: Literal["silero", "webrtc"] = Field(
        default="silero", description="Voice activity detector: `silero`, or the cheaper `webrtc`."
    )
    whisper: str | None = Field(
        default=None,
        description="A Whisper model instead of Moonshine: fetched, a CTranslate2 folder or a hub name.",
    )
    second_pass: str | None = Field(
        default=None,
        description="A better Whisper model that reads each finished utterance again before the report.",
    )
    whisper_device: Literal["cpu", "cuda"] = Field(
        default="cpu", description="Where Whisper runs: `cpu` or `cuda`."
    )
    whisper_compute_type: str = Field(default="int8", description="Whisper's arithmetic: `int8`, `float16` …")
    language: str | None = Field(
        default=None, description="Language for Whisper, such as `en`; detected if empty."
    )
    expression_model: Path | None = Field(
        default=None,
        description="An ONNX model that reads expressions, for private practice with that switched on.",
    )
    languagetool_url: str | None = Field(
        default=None,
        description="A LanguageTool server that checks the grammar of what is said, instead of own rules.",
    )
    camera_fov: float = Field(
        default=60,
        ge=20,
        le=140,
        description="Degrees that the longer side of the camera's picture spans, for head angles.",
    )
    rubric: Path | None = Field(
        default=None, description="A rubric (TOML) instead of the one that comes along."
    )
    gemini_key: SecretStr | None = Field(
        default=None,
        description="A key of Google's Gemini API: it then advises whoever agrees, from text and figures.",
    )
    gemini_model: str = Field(default="gemini-3.8-flash", description="The Gemini model that advises.")
    gemini_url: str | None = Field(
        default=None, description="Another base address of the Gemini API than Google's."
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="How logs are written to stderr."
    )

    @field_validator("ice_servers", "ice_hosts", "turn_urls", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @property
    def model_folder(self) -> Path:
        """Where fetched models lie."""
        return self.data / "models"

    @property
    def models(self) -> ModelChoice:
        """The part about models."""
        return ModelChoice(
            voice_activity=self.voice_activity,
            whisper=self._fetched(self.whisper),
            second_pass=self._fetched(self.second_pass),
            whisper_device=self.whisper_device,
            whisper_compute_type=self.whisper_compute_type,
            language=self.language,
            camera_fov=self.camera_fov,
            expression=self.expression_model,
            languagetool=self.languagetool_url or None,
        )

    def _fetched(self, model: str | None) -> str | None:
        """The folder of a fetched model; any other name as it is, and None for an empty one."""
        if not model:
            return None
        folder = self.model_folder / model
        return str(folder) if folder.is_dir() else model

    def load_recording_key(self) -> bytes:
        """The key of recordings, made on the first start. Raises BadKey or OSError."""
        if self.recording_key is not None:
            try:
                return parse_key(self.recording_key.get_secret_value())
            except BadKey as error:
                raise BadKey(f"RAPPORT_RECORDING_KEY: {error}") from None
        return load_or_make_key(self.data / "recording.key")

    def load_secret_key(self) -> bytes:
        """The key that signs invitations and seats, made on the first start. Raises BadKey or OSError."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value().encode()
        return load_or_make_key(self.data / "secret.key")

    @property
    def recordings(self) -> Path:
        """Where recordings lie."""
        return self.data / "recordings"

    @property
    def database(self) -> Path:
        """Where the database lies."""
        return self.data / "rapport.db"
