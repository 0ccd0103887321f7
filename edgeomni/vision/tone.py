"""High dynamic range becomes sRGB, lest the clips of phones look dull: pure."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Transfer = Literal["pq", "hlg"]
_WHITE = np.float32(203)
"""Candela per square metre of a white page in HDR (ITU-R BT.2408)."""
_PEAK = np.float32(1000)
"""Candela per square metre of the display that HLG is made for (BT.2100)."""
_KNEE = 0.75
"""Share of white from which highlights are compressed instead of cut."""
_BAND = 1 << 18
"""Pixels that are turned at once: as floating-point numbers they take ten times the room."""
_TO_BT709 = np.array(
    [
        [1.6605, -0.5876, -0.0728],
        [-0.1246, 1.1329, -0.0083],
        [-0.0182, -0.1006, 1.1187],
    ],
    np.float32,
)
"""From linear BT.2020 to linear BT.709 (BT.2087)."""
_LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)
_HLG_A = 0.17883277
_HLG_B = 1 - 4 * _HLG_A
_HLG_C = 0.5 - _HLG_A * np.log(4 * _HLG_A)
_LEVELS = np.arange(256) / 255


def srgb_from_hdr(pixels: NDArray[np.uint8], transfer: Transfer) -> NDArray[np.uint8]:
    """``pixels`` are BT.2020 as it is stored; both are of the shape (height, width, 3)."""
    turned = np.empty(pixels.shape, np.uint8)
    rows = max(1, _BAND // pixels.shape[1])
    for top in range(0, len(pixels), rows):
        light = _displayed(pixels[top : top + rows], transfer) @ (_TO_BT709.T / _WHITE)
        turned[top : top + rows] = _encoded(_compressed(np.maximum(light, 0)))
    return turned


def _displayed(pixels: NDArray[np.uint8], transfer: Transfer) -> NDArray[np.float32]:
    """Candela per square metre of red, green and blue."""
    light = _LIGHT[transfer][pixels]
    if transfer == "hlg":
        light *= _PEAK * (light @ _LUMINANCE)[..., None] ** 0.2
    return light


def _pq_light() -> NDArray[np.float32]:
    """Candela per square metre (BT.2100, table 4)."""
    root = _LEVELS ** (4096 / 2523 / 128)
    ratio = np.maximum(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root)
    return (10_000 * ratio ** (16384 / 2610)).astype(np.float32)


def _hlg_light() -> NDArray[np.float32]:
    """Light of the scene, from 0 to 1 (BT.2100, table 5)."""
    bright = (np.exp((_LEVELS - _HLG_C) / _HLG_A) + _HLG_B) / 12
    return np.where(_LEVELS <= 0.5, _LEVELS**2 / 3, bright).astype(np.float32)


_LIGHT: dict[Transfer, NDArray[np.float32]] = {"pq": _pq_light(), "hlg": _hlg_light()}


def _compressed(white: NDArray[Any]) -> NDArray[Any]:
    room = 1 - _KNEE
    over = np.maximum(white - _KNEE, 0)
    compressed: NDArray[Any] = np.minimum(white, _KNEE) + room * (1 - np.exp(-over / room))
    return compressed


def _encoded(linear: NDArray[Any]) -> NDArray[np.uint8]:
    """IEC 61966-2-1."""
    curve = 1.055 * linear ** (1 / 2.4) - 0.055
    encoded = np.rint(255 * np.where(linear <= 0.0031308, 12.92 * linear, curve))
    levels: NDArray[np.uint8] = encoded.astype(np.uint8)
    return levels
