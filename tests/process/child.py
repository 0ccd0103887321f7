"""A worker of the real host, with a room full of ways to behave and to misbehave."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, os.fspath(Path(__file__).resolve().parents[2]))

from edgeomni.errors import MediaError
from edgeomni.process.__main__ import behave
from edgeomni.process.host import claim_pipes, serve


class PlayRoom:
    def handle(self, method, params, buffers, job):
        return getattr(self, method)(params, buffers, job) or ({}, ())

    def close(self):
        if path := os.environ.get("CLOSED_FILE"):
            Path(path).write_text("closed")

    def echo(self, params, buffers, job):
        return params, buffers

    def count(self, params, buffers, job):
        for number in range(params["to"]):
            if job.cancelled:
                return {"cancelled": True, "at": number}, ()
            job.emit({"number": number})
        return {"cancelled": False}, ()

    def wait_for_cancel(self, params, buffers, job):
        """Only ``on_cancel`` ends it, as an abort callback of native code would."""
        read_fd, write_fd = os.pipe()
        job.on_cancel(lambda: os.write(write_fd, b"x"))
        job.emit({"waiting": True})
        os.read(read_fd, 1)
        return {"cancelled": job.cancelled}, ()

    def answer_notes(self, params, buffers, job):
        """Echoes every note until one says that it is the last; ready says that it listens."""
        if params.get("late"):
            time.sleep(0.05)  # notes are there before anybody takes them
        over = threading.Event()

        def take(note):
            job.emit(note.data, note.buffers)
            if note.data.get("last"):
                over.set()

        job.emit({"ready": True})
        job.on_note(take)
        job.on_cancel(over.set)
        over.wait()

    def sleep_in_native_code(self, params, buffers, job):
        job.emit({"pid": os.getpid()})
        ctypes.CDLL(None).sleep(int(params["seconds"]))

    def sleep_with_the_lock(self, params, buffers, job):
        """PyDLL does not release the interpreter's lock: the reader thread cannot answer."""
        job.emit({"pid": os.getpid()})
        ctypes.PyDLL(None).sleep(int(params["seconds"]))

    def print_natively(self, params, buffers, job):
        libc = ctypes.CDLL(None)
        libc.printf(b"a stray line from native code\n")
        libc.fflush(None)
        os.write(1, b"another one\n")
        sys.stdout.write("and one from Python\n")
        sys.stdout.flush()
        return {"stdin": os.read(0, 1).hex()}, ()

    def refuse(self, params, buffers, job):
        raise MediaError("It is no picture.", works="The rest.", remedy="Take another.")

    def stumble(self, params, buffers, job):
        raise KeyError("a mistake of ours")

    def die(self, params, buffers, job):
        os.write(2, params.get("words", "").encode())
        os.kill(os.getpid(), signal.Signals[params["signal"]])
        time.sleep(10)

    def leave(self, params, buffers, job):
        os.write(2, b"no room left on the \x1b[31mtable\n")
        os._exit(params["status"])

    def limits(self, params, buffers, job):
        import resource

        ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        return {"core": list(resource.getrlimit(resource.RLIMIT_CORE)), "sigint": ignored}, ()

    def files(self, params, buffers, job):
        return {"fds": sorted(int(name) for name in os.listdir("/proc/self/fd"))}, ()


def make_room():
    if words := os.environ.get("NO_ROOM"):
        raise MediaError(words)
    return PlayRoom()


if __name__ == "__main__":
    pipes = claim_pipes()
    behave()
    serve(sys.argv[1], make_room, pipes)
