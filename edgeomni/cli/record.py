"""One turn as one JSON object: names and order are a contract with everybody's scripts."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field, fields
from typing import Any

from edgeomni.errors import EdgeomniError
from edgeomni.sanitise import spelled
from edgeomni.values import Notice, Receipt, ToolCall

_ESCAPED = re.compile(
    "[\x7f-\x9f"  # some terminals obey C1 controls like escape sequences
    "\u2028\u2029"  # line ends to some readers; an object stays on one line
    "\u202a-\u202e\u2066-\u2069"  # turn the text around them
    "\ud800-\udfff]"  # halves of characters, which UTF-8 cannot say
)


@dataclass(slots=True)
class Outcome:
    """What became of a turn; it grows while the turn runs."""

    text: str = ""
    thought: str = ""
    tool_calls: list[ToolCall] = field(default_factory=list)
    model: str = ""
    device: str = ""
    rung: str = ""
    rung_reason: str = ""
    receipt: Receipt | None = None
    """None when the turn broke off: nobody measured it."""
    error: EdgeomniError | None = None
    notices: list[Notice] = field(default_factory=list)
    """What the user was told beside the answer."""
    left: bool = False
    """The user did not wait until it had stopped."""

    @property
    def stopped(self) -> bool:
        """The user stopped it."""
        return self.receipt is not None and self.receipt.finish_reason == "cancelled"


def to_json(outcome: Outcome, **more: Any) -> str:
    """The object on one line, valid JSON whatever the model said; ``more`` goes behind."""
    calls = [
        {"id": call.id, "name": call.name, "arguments": dict(call.arguments)}
        for call in outcome.tool_calls
    ]
    return dumps(
        {
            "text": outcome.text,
            "thought": outcome.thought,
            "tool_calls": calls,
            "model": outcome.model,
            "device": outcome.device,
            "rung": outcome.rung,
            "rung_reason": outcome.rung_reason,
            "receipt": receipt_fields(outcome),
            "error": error_fields(outcome.error),
            "notices": [{"code": told.code, "text": told.text} for told in outcome.notices],
            **more,
        }
    )


def error_event(error: EdgeomniError) -> str:
    """The last line of a conversation that an error ends; ``error`` as in ``to_json``."""
    return dumps({"event": "error", "error": error_fields(error)})


def dumps(value: object) -> str:
    """JSON on one line, harmless to print: any script as itself, controls as escapes, no NaN.

    A byte of a file name that is no UTF-8 is spelled ``\\xe9``, as in messages.
    """
    text = json.dumps(_sayable(value), ensure_ascii=False, allow_nan=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def receipt_fields(outcome: Outcome) -> dict[str, Any]:
    """All names, always; null for what was not measured because the turn broke off."""
    receipt = outcome.receipt
    if receipt is None:
        unknown: dict[str, Any] = {part.name: None for part in fields(Receipt)}
        return unknown | {"finish_reason": "cancelled" if outcome.left else "error"}
    values = {part.name: getattr(receipt, part.name) for part in fields(Receipt)}
    return {name: round(v, 3) if isinstance(v, float) else v for name, v in values.items()}


def error_fields(error: EdgeomniError | None) -> dict[str, str] | None:
    if error is None:
        return None
    return {"code": error.code, "message": error.happened, "hint": error.hint}


def _sayable(value: object) -> object:
    """The same with null for numbers that JSON cannot say, and names that UTF-8 can."""
    match value:
        case str():
            return spelled(value)
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {str(name): _sayable(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_sayable(inner) for inner in value]
    return value
