"""The one border where what huggingface_hub raises becomes an error with three sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgeomni.catalog.verify import is_full, no_room
from edgeomni.errors import DownloadError, EdgeomniError, ModelNotFound
from edgeomni.sanitise import clean

TROUBLE = "hub-trouble"
"""The code of errors that may be gone at the next try."""

_WORKS = "Models that are already here still work."


@contextmanager
def border(repo: str, cache: Path) -> Iterator[None]:
    """Whatever goes wrong inside with the hub leaves as an EdgeomniError."""
    from huggingface_hub import errors as hf

    # The base of all HTTP errors belongs to the HTTP library, which differs between versions.
    http_error: type[Exception] = getattr(hf, "HTTPError")  # noqa: B009 (not exported)
    try:
        yield
    except hf.GatedRepoError as error:
        raise _gated(repo) from error
    except hf.RepositoryNotFoundError as error:
        raise _no_repo(repo) from error
    except hf.LocalEntryNotFoundError as error:
        raise _unreachable(repo, error.__cause__ or error) from error
    except (hf.EntryNotFoundError, hf.RevisionNotFoundError) as error:
        raise _changed(repo) from error
    except hf.HfHubHTTPError as error:
        raise _status(repo, error.response.status_code) from error
    except http_error as error:
        raise _unreachable(repo, error) from error
    except hf.OfflineModeIsEnabled as error:
        raise offline_error(repo, "its files") from error
    except hf.FileMetadataError as error:
        raise _not_a_hub(repo) from error
    except OSError as error:
        raise _disk_or_line(repo, cache, error) from error
    except ValueError as error:  # an answer that is no JSON: a login page, a proxy's own words
        raise _not_a_hub(repo) from error


def offline_error(name: str, missing: str) -> DownloadError:
    """Nothing was tried, because the user forbade the network."""
    return DownloadError(
        f"{clean(name, keep='')} is not on this machine and the network is off: {missing} would "
        "have to be fetched.",
        works=_WORKS,
        remedy="Leave out --offline and `offline` in your settings, unset HF_HUB_OFFLINE and "
        "EDGEOMNI_OFFLINE, or give a model file with -m.",
        code="offline",
    )


def _gated(repo: str) -> DownloadError:
    return DownloadError(
        f"{repo} is gated: its authors ask you to accept a licence first.",
        works=_WORKS,
        remedy=f"Accept it at {_page(repo)}, then set HF_TOKEN to a token of that account.",
        code="gated",
    )


def _no_repo(repo: str) -> EdgeomniError:
    return ModelNotFound(
        f"The hub has no repository {repo} that is open to you.",
        works=_WORKS,
        remedy="Check the spelling of org/repo; if it is private, set HF_TOKEN.",
    )


def _changed(repo: str) -> DownloadError:
    return DownloadError(
        f"A file of {repo} vanished from the hub while it was being fetched.",
        works=_WORKS,
        remedy="Pull again.",
    )


def _status(repo: str, status: int) -> DownloadError:
    said, remedy = _STATUS.get(status, (f"status {status}", "Try again later."))
    code = TROUBLE if status >= 500 else None
    return DownloadError(f"The hub refused {repo}: {said}.", works=_WORKS, remedy=remedy, code=code)


_TOKEN = "Check HF_TOKEN, or unset it for public models."
_LATER = "The hub has trouble of its own; try again in some minutes."
_STATUS = {
    401: ("the token is not valid (401)", _TOKEN),
    403: ("access is forbidden (403)", _TOKEN),
    404: ("it was not found (404)", "Check the name, and HF_ENDPOINT if you set it."),
    429: ("too many requests (429)", "Wait some minutes, or set HF_TOKEN for a higher limit."),
    500: ("an internal error (500)", _LATER),
    502: ("a bad gateway (502)", _LATER),
    503: ("it is overloaded (503)", _LATER),
    504: ("a gateway timeout (504)", _LATER),
}


def _unreachable(repo: str, error: BaseException) -> EdgeomniError:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(status, int):
        return _status(repo, status)
    kind = type(error).__name__
    if "Timeout" in kind:
        happened = f"The hub stopped answering while {repo} was being fetched."
    elif "Metadata" in kind:
        return _not_a_hub(repo)
    else:
        happened = f"The hub cannot be reached for {repo}: {_line(error)}."
    return DownloadError(
        happened, works=_WORKS, remedy="Check the network, a proxy, and HF_ENDPOINT if you set it."
    )


def _not_a_hub(repo: str) -> DownloadError:
    return DownloadError(
        f"What answers for {repo} does not speak like the hub.",
        works=_WORKS,
        remedy="A login page or a proxy may be in the way; check HF_ENDPOINT if you set it.",
    )


def _disk_or_line(repo: str, cache: Path, error: OSError) -> DownloadError:
    if is_full(error):
        return no_room(cache)
    if isinstance(error, PermissionError):
        return DownloadError(
            f"The download of {repo} cannot be written to {cache}: {error.strerror}.",
            works=_WORKS,
            remedy="Check the folder's rights, or set HF_HUB_CACHE to another one.",
        )
    return DownloadError(
        f"The download of {repo} broke off: {_line(error)}.",
        works=_WORKS,
        remedy="Pull again.",
        code=TROUBLE,
    )


def _line(error: BaseException) -> str:
    words = clean(" ".join(str(error).split()), keep="")
    return words[:200].rstrip(".") or type(error).__name__


def _page(repo: str) -> str:
    import os

    from huggingface_hub import constants

    endpoint = os.environ.get("HF_ENDPOINT") or constants.ENDPOINT
    return f"{endpoint.rstrip('/')}/{repo}"
