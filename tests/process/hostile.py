"""A child that keeps no promise: each behaviour is a function, named on the command line."""

from __future__ import annotations

import os
import signal
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, os.fspath(Path(__file__).resolve().parents[2]))

from edgeomni import __version__
from edgeomni.process import wire


def say(frame):
    say_raw(b"".join(bytes(chunk) for chunk in wire.pack(frame)))


def say_raw(data):
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(1, rest) :]


def hello():
    say(wire.Hello("hostile", __version__, os.getpid()))


def request():
    return wire.read(open(0, "rb", buffering=0, closefd=False))


def header(data):
    say_raw(struct.pack("<4sII", wire.MAGIC, len(data), 0) + data)


def wait():
    time.sleep(60)


def silent():
    wait()


def leaves_before_hello():
    os.write(2, b"ImportError: libmissing.so\n")
    sys.exit(1)


def another_room():
    say(wire.Hello("other", __version__, os.getpid()))
    wait()


def another_version():
    say(wire.Hello("hostile", "0.0.0-other", os.getpid()))
    wait()


def event_before_hello():
    say(wire.Event(1, {}))
    wait()


def hello_twice():
    hello()
    request()
    hello()
    wait()


def bad_magic():
    hello()
    request()
    say_raw(b"Segmentation fault, says a library on stdout\n")
    wait()


def bad_length():
    hello()
    request()
    say_raw(struct.pack("<4sII", wire.MAGIC, 0, 0))
    wait()


def giant_header():
    hello()
    request()
    say_raw(struct.pack("<4sII", wire.MAGIC, 0xFFFFFFFF, 0))
    wait()


def giant_buffer():
    hello()
    request()
    say_raw(struct.pack("<4sIIQ", wire.MAGIC, 1, 1, 1 << 62))
    wait()


def bad_msgpack():
    hello()
    request()
    header(b"\xc1\xc1\xc1")
    wait()


def bad_schema():
    hello()
    request()
    header(b"\x81\xa4kind\xa5reply")
    wait()


def reply_to_nobody():
    hello()
    request()
    say(wire.Reply(12345, {}))
    wait()


def half_a_frame():
    hello()
    request()
    say_raw(struct.pack("<4sII", wire.MAGIC, 100, 0) + b"half")
    os._exit(3)


def exits():
    hello()
    request()
    os._exit(3)


def killed():
    hello()
    request()
    os.kill(os.getpid(), signal.SIGKILL)


def aborts():
    hello()
    request()
    os.write(2, b"ggml.c:1: GGML_ASSERT(a == b) failed\n")
    os.abort()


def stopped():
    hello()
    request()
    os.kill(os.getpid(), signal.SIGSTOP)


def closes_its_pipe():
    hello()
    request()
    os.close(1)
    wait()


def ignores_its_end():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hello()
    wait()


def floods():
    hello()
    id = request().id
    while True:
        say(wire.Event(id, {"noise": "x" * 1000}))


def floods_the_log():
    hello()
    os.write(2, b"x" * (5 << 20))
    while frame := request():
        if isinstance(frame, wire.Ping):
            say(wire.Pong(frame.id))
        if isinstance(frame, wire.CancelJob):
            say(wire.Reply(frame.id, {}))


globals()[sys.argv[1]]()
