"""What a measurement was made on, and what a process holds of its memory."""

from __future__ import annotations

import datetime
import os
import platform
import re
from importlib.metadata import version
from pathlib import Path


def facts() -> dict[str, str]:
    """Machine, system, versions and date, for the head of a report."""
    return {
        "Processor": f"{processor()}, {os.cpu_count()} cores",
        "Memory": f"{memory_gib():.0f} GiB",
        "System": f"{platform.system()} {platform.release()} ({platform.machine()})",
        "Python": platform.python_version(),
        "llama-cpp-python": version("llama-cpp-python"),
        "Load before": f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown",
        "Date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(errors="replace")
    except OSError:
        return platform.processor() or "unknown"
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else "unknown"


def memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def anonymous_mib(pid: int) -> float:
    """Memory that is the process's own: not file-backed, so it can't just be dropped. Linux."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Anonymous:\s+(\d+) kB$", text, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


def resident_mib(pid: int) -> float:
    """Memory that is in RAM, libraries and mapped files included. Linux."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Rss:\s+(\d+) kB$", text, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


def open_files(pid: int) -> int:
    """Files, pipes and sockets that it holds. Linux."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def forget_peak(pid: int) -> None:
    """Begin anew with what ``peak_bytes`` tells. Linux."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_bytes(pid: int) -> int:
    """Memory that was resident at most, libraries included. Linux."""
    text = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB$", text, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def cpu_seconds(pid: int) -> float:
    """What it has computed since it began, on all cores together. Linux."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = after_name[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """Processes that this one started and that still run. Linux."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]
