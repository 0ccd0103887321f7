"""An assistant that lives on your own laptop: it chats, sees, hears, reads and speaks, offline."""

TYPE_CHECKING = False  # as type checkers know it; importing typing would cost milliseconds
if TYPE_CHECKING:
    from edgeomni.api import Assistant

__version__ = "0.1.0"
__all__ = ["Assistant", "__version__"]


def __getattr__(name: str) -> object:
    """``edgeomni --version`` must not pay for what only programs that use it need."""
    if name != "Assistant":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    found: object = importlib.import_module("edgeomni.api").Assistant
    return found
