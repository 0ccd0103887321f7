"""Markdown, HTML and addresses within a line, in plain words. Pure."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

from edgeomni.speech.wording.formula import formula_in_words

_CODE = r"(?P<ticks>`+)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
_MATH = (
    r"\$\$(?P<display>.+?)\$\$|\\\((?P<round>.+?)\\\)|\\\[(?P<square>.+?)\\\]"
    r"|(?<!\w)\$(?P<dollar>(?![\s\d])[^$\n]+?(?<=[^\s]))\$(?!\d)"
    r"|(?<!\w)\$(?P<short>\d*[A-Za-z\\][^$\n]{0,80}?[^\s$])\$(?![\d\w])"
)
_TARGET = r"\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)"
_LABEL = r"(?:[^\[\]]|\[[^\[\]]*\])*"
_SPECIAL = re.compile(
    "|".join(
        (
            _CODE,
            _MATH,
            rf"(?P<picture>!\[(?P<alt>{_LABEL})\](?:{_TARGET}|\[[^\]]*\]))",
            r"(?P<note>\[\^[^\]]+\])",
            r"(?P<cited>(?<=[\w.,;:!?\"”)\]])\[\d{1,3}(?:\s?[,–-]\s?\d{1,3})*\](?!\())",
            rf"\[(?P<label>{_LABEL})\](?:{_TARGET}|\[[^\]]*\])",
            r"<(?P<auto>(?:https?|ftp)://[^\s>]+|mailto:[^\s>]+)>",
            r"(?P<comment><!--.*?-->)",
            r"(?P<break><br\s*/?>|</(?:p|li|div|tr|h\d)>)",
            r"(?P<tag></?[A-Za-z][^<>]*>)",
            r"(?P<url>\b(?:(?:https?|ftp)://|www\.)[^\s<>\"]+[^\s<>\"'.,;:!?)\]*_])",
            r"\\(?P<escaped>[!-/:-@\[-`{-~])",
        )
    ),
    re.DOTALL,
)
_EMPHASIS = re.compile(
    r"(?<!\w)[*_]+(?=[^\s*_])|(?<=[^\s*_])[*_]+(?!\w)|\*{1,3}(?=\w)(?<=\w\*)|\*\*|~~"
)
_TIMES = re.compile(r"(?<=\d)\*(?=\d)")
_CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_KEPT_STAR = "\ue000"
"""Stands for an asterisk that is meant."""


def prose(text: str) -> str:
    """The same in plain words; signs and numbers stay as they are."""
    plain = _TIMES.sub(f" {_KEPT_STAR} ", _SPECIAL.sub(_words, text))
    plain = _EMPHASIS.sub("", plain).replace(_KEPT_STAR, "*")
    return " ".join(html.unescape(plain).split())


def _words(found: re.Match[str]) -> str:
    group = found.groupdict()
    if group["code"] is not None:
        return code_in_words(group["code"])
    for name in ("display", "round", "square", "dollar", "short"):
        if group[name] is not None:
            return formula_in_words(group[name])
    if group["picture"] is not None:
        return f"a picture: {prose(group['alt'])}" if group["alt"].strip() else "a picture"
    if group["label"] is not None:
        return prose(group["label"])
    if address := group["auto"] or group["url"]:
        return address_in_words(address)
    if group["escaped"] is not None:
        return {"*": _KEPT_STAR, "_": " "}.get(group["escaped"], group["escaped"])
    return ". " if group["break"] is not None else ""


def address_in_words(address: str) -> str:
    """What a bare address says: the name of its host."""
    if address.startswith("mailto:"):
        return address.removeprefix("mailto:").partition("?")[0]
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname
    except ValueError:
        host = None
    return f"a link to {host.removeprefix('www.')}" if host else "a link"


def code_in_words(code: str) -> str:
    """A name or a short command as words: ``getUserName(x)`` becomes get User Name x."""
    plain = code.strip().replace("_", " ").replace("*", _KEPT_STAR)
    plain = re.sub(r"[(){}\[\]\"'`;$\\]+", " ", plain)
    plain = re.sub(r"(?<!\S)--?(?=[A-Za-z])", lambda m: "dash " * len(m.group()), plain)
    return " ".join(_CAMEL.sub(" ", plain).split())
