"""The parent's side of listing sound devices: the worker looks, PortAudio may print and crash."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from edgeomni.process.supervisor import Supervisor
from edgeomni.process.worker import WorkerSpec
from edgeomni.speech.devices.listed import Device

_TIMEOUT = 20.0
"""Seconds; sound systems that have to be started first take some."""


def sound_devices(spec: WorkerSpec) -> Sequence[Device]:
    """All that are there now, in a worker that ends at once. Raises DeviceError, EngineError."""
    with closing(Supervisor(spec)) as supervisor:
        data, _ = supervisor.worker().call("devices", {}, timeout=_TIMEOUT)
    return [Device(**found) for found in data["devices"]]
