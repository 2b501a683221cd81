"""Messages that a client may send, read against their schemas."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from server.files import WIRE_FILE

MAX_BYTES = 4096


@cache
def _validators(file: Path) -> dict[str, Draft202012Validator]:
    definitions = json.loads(file.read_text("utf-8"))["$defs"]
    return {
        name: Draft202012Validator({**_from_client(definition), "$defs": definitions})
        for name, definition in definitions.items()
        if definition.get("x-from") in ("client", "both")
    }


def _from_client(definition: dict[str, Any]) -> dict[str, Any]:
    """The message's schema, with the data as a client sends it where that differs."""
    if "x-client" not in definition:
        return definition
    return {
        **definition,
        "properties": {**definition["properties"], "data": {"$ref": definition["x-client"]}},
    }


def parse(text: str | bytes, file: Path = WIRE_FILE, most: int = MAX_BYTES) -> tuple[str, dict[str, Any]]:
    """Type and data of a client's message of the wire in `file`. Raises ValueError when it is not one."""
    if len(text) > most:
        raise ValueError(f"a message has at most {most} bytes")
    try:
        body = json.loads(text)
        validator = _validators(file)[body["type"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("not a message of the wire") from error
    if not validator.is_valid(body):
        raise ValueError(f"not a {body['type']} message")
    return body["type"], body["data"]
