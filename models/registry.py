"""Every model: what it is for, where it comes from, and whether it is here."""

import importlib.util
from pathlib import Path
from typing import Literal

Status = Literal["bundled", "present", "missing"]


class ModelError(RuntimeError):
    """A model is missing or cannot be loaded; the message says what to do."""


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
