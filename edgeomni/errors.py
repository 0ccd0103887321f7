"""Every error that a user can meet, as one tree.

    EdgeomniError
     ├─ UsageError              bad-usage           the request itself is wrong           exit 2
     │   └─ SchemaError         bad-schema          a schema or grammar is not valid
     ├─ InputError              bad-input           a file or a text cannot be used       exit 3
     │   ├─ MediaError          bad-media           picture or sound: unreadable, too big
     │   └─ ContextFull         context-full        the prompt does not fit the context
     ├─ ModelError              bad-model           missing, damaged or unfit model file  exit 4
     │   ├─ AbilityMissing      ability-missing     the model cannot do what was asked
     │   └─ ModelNotFound       model-not-found     no such file, name or repository
     ├─ DownloadError           download-failed     network, hub, checksum, disk          exit 5
     ├─ EngineError             engine-failed       the engine failed; the next turn works exit 6
     │   ├─ WorkerDied          worker-died         a worker process ended by itself
     │   ├─ UnfitAnswer         answer-invalid      it is over, and not what was asked for
     │   │   └─ IncompleteAnswer answer-incomplete  it was cut before it was what was asked for
     │   └─ DeviceError         device-failed       no rung of the ladder runs
     └─ RemoteError             remote-failed       an OpenAI-compatible server failed    exit 7

Particular codes belong to one of these classes and say more precisely what happened: PARTICULAR.

Each carries three sentences: what happened, what still works, what to do. Foreign exceptions are
translated into these at one border per room; nothing else reaches the user.
"""

from __future__ import annotations


class EdgeomniError(Exception):
    """Base of all; never raised itself."""

    code = "error"
    exit_code = 1

    def __init__(
        self, happened: str, *, works: str = "", remedy: str = "", code: str | None = None
    ) -> None:
        super().__init__(happened)
        self.happened = happened
        """What happened, one sentence."""
        self.works = works
        """What still works, one sentence or empty."""
        self.remedy = remedy
        """What to do about it, one sentence or empty."""
        if code is not None:
            self.code = code

    @property
    def hint(self) -> str:
        return " ".join(part for part in (self.works, self.remedy) if part)


class UsageError(EdgeomniError):
    code = "bad-usage"
    exit_code = 2


class SchemaError(UsageError):
    code = "bad-schema"


class InputError(EdgeomniError):
    code = "bad-input"
    exit_code = 3


class MediaError(InputError):
    code = "bad-media"


class ContextFull(InputError):
    code = "context-full"


class ModelError(EdgeomniError):
    code = "bad-model"
    exit_code = 4


class AbilityMissing(ModelError):
    code = "ability-missing"


class ModelNotFound(ModelError):
    code = "model-not-found"


class DownloadError(EdgeomniError):
    code = "download-failed"
    exit_code = 5


class EngineError(EdgeomniError):
    code = "engine-failed"
    exit_code = 6


class WorkerDied(EngineError):
    code = "worker-died"

    signal: int | None = None
    """The POSIX signal that ended it."""
    status: int | None = None
    """Its exit status, when no signal ended it."""
    hung: bool = False
    """It did not answer and was ended."""


class UnfitAnswer(EngineError):
    code = "answer-invalid"


class IncompleteAnswer(UnfitAnswer):
    code = "answer-incomplete"


class DeviceError(EngineError):
    code = "device-failed"


class RemoteError(EdgeomniError):
    code = "remote-failed"
    exit_code = 7


PARTICULAR: dict[str, type[EdgeomniError]] = {
    "not-gguf": ModelError,
    "truncated": ModelError,
    "damaged": ModelError,
    "wrong-mmproj": ModelError,
    "no-template": ModelError,
    "template-refused": ModelError,
    "bad-snapshot": InputError,
    "not-saved": InputError,
    "no-memory": EngineError,
    "evaluation-failed": EngineError,
    "fault": EngineError,
    "mistake": EdgeomniError,
    "no-disk-space": DownloadError,
    "checksum-mismatch": DownloadError,
    "offline": DownloadError,
    "gated": DownloadError,
    "declined": DownloadError,
    "unknown-address": MediaError,
    "no-camera": MediaError,
    "no-permission": MediaError,
    "busy": MediaError,
    "no-picture": MediaError,
    "no-screen": MediaError,
    "no-folder": MediaError,
    "unreachable": MediaError,
    "wrong-credentials": MediaError,
    "not-found": MediaError,
    "unplugged": MediaError,
    "cut": MediaError,
    "frozen": MediaError,
    "blocked": MediaError,
    "crashed": MediaError,
}
"""Codes of their own within a class, for programs that read ``--json``."""


def from_code(code: str, happened: str, *, works: str = "", remedy: str = "") -> EdgeomniError:
    """The error that a worker reported by its code; unknown codes become an EngineError."""
    found = (_BY_CODE | PARTICULAR).get(code, EngineError)
    return found(happened, works=works, remedy=remedy, code=code)


def _tree(root: type[EdgeomniError]) -> dict[str, type[EdgeomniError]]:
    return {root.code: root} | {
        k: v for sub in root.__subclasses__() for k, v in _tree(sub).items()
    }


_BY_CODE = _tree(EdgeomniError)
