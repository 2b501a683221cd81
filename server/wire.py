"""Messages that a client may send, read against client/wire.json."""

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from server.files import WIRE_FILE

MAX_BYTES = 4096


@cache
def _validators() -> dict[str, Draft202012Validator]:
    schema = json.loads(WIRE_FILE.read_text("utf-8"))
    return {
        name: Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]})
        for name, definition in schema["$defs"].items()
        if definition.get("x-from") in ("client", "both")
    }


def parse(text: str | bytes) -> tuple[str, dict[str, Any]]:
    """Type and data of a client's message. Raises ValueError when it is not one."""
    if len(text) > MAX_BYTES:
        raise ValueError(f"a message has at most {MAX_BYTES} bytes")
    try:
        body = json.loads(text)
        validator = _validators()[body["type"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("not a message of the wire") from error
    if not validator.is_valid(body):
        raise ValueError(f"not a {body['type']} message")
    return body["type"], body["data"]
