"""Messages to those at the other end, as text."""

import json
from collections.abc import Mapping
from typing import Any


def message(type_: str, data: Mapping[str, Any]) -> str:
    """A message of client/wire.json or client/room.json."""
    return json.dumps({"v": 1, "type": type_, "data": data}, separators=(",", ":"), ensure_ascii=False)
