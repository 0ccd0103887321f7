"""What is known about servers that speak OpenAI's chat protocol, and what one says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edgeomni.engine.remote.loose_json import as_list, as_object, as_whole
from edgeomni.engine.reply.formats import detect_format


@dataclass(frozen=True, slots=True)
class ServerKind:
    """What a server takes beyond the protocol itself."""

    name: str
    owner: str
    """How it signs its models in ``/models``."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Its field by the name of our option."""
    no_top_k: int = 0
    """The value of top_k that turns it off."""
    grammar: bool = False
    """Takes GBNF."""
    template_arguments: bool = False
    """Takes ``chat_template_kwargs``."""
    continues: Mapping[str, object] | None = None
    """Fields that make it go on with a last message of the assistant; None when it cannot."""
    echoes: bool = False
    """Says again what it was to go on with."""
    lanes: bool = False
    """``id_slot`` chooses one of several caches."""


_SAMPLING = {"top_k": "top_k", "min_p": "min_p"}
_GO_ON: Mapping[str, object] = {"continue_final_message": True, "add_generation_prompt": False}

LLAMA_CPP = ServerKind(
    "llama.cpp",
    "llamacpp",
    _SAMPLING | {"repeat_penalty": "repeat_penalty"},
    grammar=True,
    template_arguments=True,
    continues={},
    echoes=True,
    lanes=True,
)
SERVER_KINDS: tuple[ServerKind, ...] = (
    LLAMA_CPP,
    *(
        ServerKind(
            name,
            name.lower(),
            _SAMPLING | {"repeat_penalty": "repetition_penalty"},
            no_top_k=-1,
            template_arguments=True,
            continues=_GO_ON,
        )
        for name in ("vLLM", "SGLang")
    ),
    ServerKind("Ollama", "library"),
)
UNKNOWN = ServerKind("a server", "")


@dataclass(frozen=True, slots=True)
class Server:
    """One server, as it describes itself."""

    kind: ServerKind = UNKNOWN
    model: str = ""
    context: int = 0
    """Tokens; 0 when it does not say."""
    vision: bool = True
    """Who does not say what its model can do is asked, and refuses by itself."""
    audio: bool = True
    tools: bool = True
    thinking: bool = True
    slots: int = 1


def identify(models: Any, props: Any, wanted: str = "") -> Server:
    """From the answers to ``/models`` and llama.cpp's ``/props``; both may be anything."""
    listed = as_list(as_object(models).get("data"))
    entry = next((as_object(m) for m in listed if as_object(m).get("id") == wanted), None)
    entry = as_object(listed[0]) if entry is None and listed and not wanted else entry or {}
    owner = str(entry.get("owned_by", ""))
    said = as_object(props)
    kinds = {kind.owner: kind for kind in SERVER_KINDS}
    kind = LLAMA_CPP if "default_generation_settings" in said else kinds.get(owner, UNKNOWN)
    model = wanted or str(entry.get("id", ""))
    if kind is not LLAMA_CPP:
        return Server(kind, model, as_whole(entry.get("max_model_len")))
    return _llama_cpp(model, entry, said)


def _llama_cpp(model: str, entry: dict[str, Any], props: dict[str, Any]) -> Server:
    senses = as_object(props.get("modalities"))
    template = str(props.get("chat_template", ""))
    form = detect_format(template)
    settings = as_object(props.get("default_generation_settings"))
    return Server(
        LLAMA_CPP,
        model,
        as_whole(settings.get("n_ctx")) or as_whole(as_object(entry.get("meta")).get("n_ctx")),
        vision=bool(senses.get("vision", True)),
        audio=bool(senses.get("audio", True)),
        thinking=form.supports_thinking or not template,
        slots=as_whole(props.get("total_slots")) or 1,
    )
