"""What scripts/run, scripts/test and scripts/check do before the program itself starts."""

from __future__ import annotations

import ast
import io
import os
import runpy
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from bootstrap import launch, lock, plan, progress, stamp, system
from bootstrap.place import Place
from bootstrap.trouble import SetupError, explain

ROOT = Path(__file__).parent.parent
FLOOR = "llama-cpp-python>=0.3.36"
WHOLE = plan.Facts(exists=True, sound=True, pip="25.1", engine="0.3.36")


# ── what has to be installed ─────────────────────────────────────────────────────────────────────


def does(facts: plan.Facts, *, group: str = "", prebuilt: bool = False) -> list[str]:
    return [step.does for step in plan.steps(facts, FLOOR, group, prebuilt=prebuilt)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (plan.Facts(exists=False), ["create", "pip", "engine", "package"]),
        (WHOLE, ["package"]),
        (plan.Facts(True, True, pip="25.0.1", engine="0.3.36"), ["pip", "package"]),
        (plan.Facts(True, True, pip="", engine="0.3.36"), ["pip", "package"]),
        (plan.Facts(True, True, pip="26.3", engine="0.3.35"), ["engine", "package"]),
        (plan.Facts(True, True, pip="26.3", engine=""), ["engine", "package"]),
    ],
)
def test_only_what_is_missing_is_installed(facts: plan.Facts, expected: list[str]) -> None:
    assert does(facts) == expected


@pytest.mark.parametrize(
    "facts",
    [
        plan.Facts(exists=True, sound=False),
        plan.Facts(exists=True, sound=True, unfinished=True, pip="26.3", engine="0.3.36"),
    ],
    ids=["its Python is gone", "an install was cut short"],
)
def test_an_environment_that_is_not_whole_starts_from_nothing(facts: plan.Facts) -> None:
    assert does(facts) == ["empty", "create", "pip", "engine", "package"]


def test_the_developer_tools_come_with_their_group() -> None:
    (package,) = plan.steps(WHOLE, FLOOR, "dev", prebuilt=False)
    assert package.pip[-2:] == ("--group", "dev")


def engine_step(*, compiler: bool, prebuilt: bool, tuned: bool = False) -> plan.Step:
    facts = plan.Facts(exists=False, compiler=compiler, tuned=tuned)
    found = plan.steps(facts, FLOOR, "", prebuilt=prebuilt)
    return next(step for step in found if step.does == "engine")


def test_with_a_compiler_the_engine_is_built_and_its_time_is_said() -> None:
    step = engine_step(compiler=True, prebuilt=False)
    assert "--only-binary" not in step.pip
    assert "5 minutes on 2 cores" in step.title


@pytest.mark.parametrize("tuned", [False, True])
def test_a_build_with_cmake_args_is_not_taken_from_the_cache(tuned: bool) -> None:
    pip = engine_step(compiler=True, prebuilt=False, tuned=tuned).pip
    assert ("--no-cache-dir" in pip) is tuned


@pytest.mark.parametrize(("compiler", "prebuilt"), [(False, False), (True, True)])
def test_without_a_compiler_or_when_asked_the_engine_is_fetched(
    compiler: bool, prebuilt: bool
) -> None:
    pip = engine_step(compiler=compiler, prebuilt=prebuilt).pip
    assert pip[pip.index("--only-binary") + 1] == "llama-cpp-python"
    assert pip[pip.index("--extra-index-url") + 1].startswith("https://abetlen.github.io/")
    assert "--no-deps" in pip, "the other index must serve this one package alone"


@pytest.mark.parametrize(
    ("system", "machine", "ending"),
    [("linux", "x86_64", "/cpu"), ("darwin", "arm64", "/metal"), ("darwin", "x86_64", "/cpu")],
)
def test_the_wheels_fit_the_machine(system: str, machine: str, ending: str) -> None:
    assert plan.wheel_index(system, machine).endswith(ending)


@pytest.mark.parametrize(
    ("version", "requirement", "expected"),
    [
        ("0.3.36", FLOOR, True),
        ("0.4.0", FLOOR, True),
        ("0.3.36+cu124", FLOOR, True),
        ("0.3.9", FLOOR, False),
        ("", FLOOR, False),
        ("0.3.36", FLOOR + ",<1", False),
    ],
)
def test_an_engine_at_the_floor_is_kept(version: str, requirement: str, expected: bool) -> None:
    assert plan.satisfies(version, requirement) is expected


def test_the_engine_is_found_among_the_dependencies() -> None:
    assert plan.engine_requirement(["httpx>=0.28", FLOOR, "numpy>=1.26"]) == FLOOR


# ── when it is looked at again ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "changed",
    [
        (b"[project] ", b"version = 3.11.7", "python3.11", "/home/ada/edgeomni"),
        (b"[project]", b"version = 3.11.8", "python3.11", "/home/ada/edgeomni"),
        (b"[project]", b"version = 3.11.7", "python3.13", "/home/ada/edgeomni"),
        (b"[project]", b"version = 3.11.7", "python3.11", "/home/ada/elsewhere"),
    ],
    ids=["pyproject.toml", "environment", "system's Python", "folder"],
)
def test_a_change_asks_for_a_new_install(changed: tuple[bytes, bytes, str, str]) -> None:
    before = stamp.fingerprint(
        b"[project]", b"version = 3.11.7", "python3.11", "/home/ada/edgeomni"
    )
    assert stamp.fingerprint(*changed) != before


@pytest.fixture
def checkout(tmp_path: Path) -> Place:
    """A copy of the scripts, with an environment whose pip only writes down what it was asked."""
    shutil.copytree(ROOT / "scripts" / "bootstrap", tmp_path / "scripts" / "bootstrap")
    for name in ("run", "test", "check"):
        shutil.copy2(ROOT / "scripts" / name, tmp_path / "scripts" / name)
    shutil.copy2(ROOT / "pyproject.toml", tmp_path)
    place = Place(str(tmp_path))
    venv.EnvBuilder(with_pip=False, symlinks=os.name != "nt").create(place.venv)
    _plant(place, "pip", _WRITING_PIP.format(log=str(tmp_path / "pip.log")), version="26.3")
    _plant(place, "llama-cpp-python", "", version="0.3.36")
    for module in ("pytest", "edgeomni"):
        _plant(place, module, _ECHO, version="1")
    if os.name != "nt":
        Path(place.programs, "edgeomni").write_text(_ECHO)
    return place


_WRITING_PIP = """
import sys
with open({log!r}, "a") as log:
    print(*sys.argv[1:], file=log)
"""
_ECHO = """
import os, sys
print(os.getcwd(), *sys.argv[1:])
sys.exit(42)
"""


def _plant(place: Place, name: str, main: str, *, version: str) -> None:
    folder = sysconfig.get_path("purelib", "venv", {"base": place.venv, "platbase": place.venv})
    package = Path(folder, name.replace("-", "_"))
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(main)
    about = Path(folder, f"{package.name}-{version}.dist-info")
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def _environment(place: Place) -> dict[str, str]:
    """Without a PATH there is no package manager that could be asked, and no compiler."""
    return os.environ | {"PATH": os.path.join(place.root, "nothing")}


def call(
    place: Place, script: str, *arguments: str, cwd: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, os.path.join(place.root, "scripts", script), *arguments],
        cwd=cwd or place.root,
        env=_environment(place),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def asked_of_pip(place: Place) -> list[str]:
    log = Path(place.root, "pip.log")
    return log.read_text().splitlines() if log.exists() else []


posix = pytest.mark.skipif(os.name == "nt", reason="the stand-in for edgeomni is no .exe")


@posix
def test_the_first_call_installs_and_the_second_does_not_touch_pip(checkout: Place) -> None:
    first = call(checkout, "run", "ask", "What is the sea?")
    assert asked_of_pip(checkout) == ["install --editable ."], first.stderr
    second = call(checkout, "run", "ask", "What is the sea?")
    assert asked_of_pip(checkout) == ["install --editable ."]
    assert second.stderr == ""
    assert first.stdout == second.stdout


@posix
def test_the_program_gets_the_arguments_the_folder_and_the_last_word(
    checkout: Place, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "a folder"
    elsewhere.mkdir()
    done = call(checkout, "run", "--prebuilt", "ask", "--prebuilt", cwd=str(elsewhere))
    assert done.stdout == f"{elsewhere} ask --prebuilt\n"
    assert done.returncode == 42


@posix
def test_scripts_run_works_through_a_link(checkout: Place, tmp_path: Path) -> None:
    link = tmp_path / "edgeomni-link"
    link.symlink_to(os.path.join(checkout.root, "scripts", "run"))
    done = subprocess.run(
        [sys.executable, link, "list"], env=_environment(checkout), capture_output=True, text=True
    )
    assert done.stdout.endswith(" list\n"), done.stderr


def test_the_tests_need_the_developer_tools_and_run_needs_them_not(checkout: Place) -> None:
    call(checkout, "run")
    call(checkout, "test")
    call(checkout, "run")
    call(checkout, "test")
    base = "install --editable ."
    assert asked_of_pip(checkout) == [base, f"{base} --group dev"]


def test_pytest_runs_in_the_root_with_paths_of_the_callers_folder(checkout: Place) -> None:
    tests = Path(checkout.root, "tests")
    tests.mkdir()
    (tests / "test_x.py").touch()
    done = call(checkout, "test", "--fast", "-k", "sea", "test_x.py::test_y", cwd=str(tests))
    chosen = ["-k", "sea", f"{tests}/test_x.py::test_y"]
    expected = [checkout.root, *launch.SIDE_BY_SIDE, *launch.FAST, *chosen]
    assert done.stdout.split() == " ".join(expected).split()


def test_an_install_that_was_cut_short_is_repaired(checkout: Place) -> None:
    call(checkout, "test")
    assert stamp.is_ready(checkout, "dev")
    Path(checkout.unfinished).touch()
    assert not stamp.is_ready(checkout, "dev")


def test_the_stamp_of_another_pyproject_does_not_count(checkout: Place) -> None:
    call(checkout, "test")
    with open(checkout.pyproject, "a", encoding="utf-8") as file:
        file.write("\n# one more line\n")
    assert not stamp.is_ready(checkout, "dev")


def test_without_its_python_an_environment_is_not_ready(checkout: Place) -> None:
    call(checkout, "test")
    os.remove(checkout.python)
    assert not stamp.is_ready(checkout, "dev")


def test_a_failing_pip_ends_in_a_sentence_and_leaves_no_stamp(checkout: Place) -> None:
    _replace_pip(checkout, "print('ERROR: No space left on device'); raise SystemExit(1)")
    done = call(checkout, "run", "ask")
    assert done.returncode == launch.SETUP_FAILED
    assert "the disk is full." in done.stderr
    assert "Make room" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not stamp.is_ready(checkout, "")


def _replace_pip(place: Place, code: str) -> None:
    (main,) = Path(place.venv).rglob("pip/__main__.py")
    main.write_text(code)


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_pip_that_was_killed_leaves_the_mark_of_an_unfinished_install(checkout: Place) -> None:
    _replace_pip(checkout, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    done = call(checkout, "run", "ask")
    assert done.returncode == launch.SETUP_FAILED
    assert os.path.exists(checkout.unfinished)


def test_check_runs_every_tool_and_fails_when_one_does(checkout: Place) -> None:
    _plant(checkout, "ruff", "import sys; print('ruff', *sys.argv[1:])", version="1")
    _plant(checkout, "mypy", "print('mypy'); raise SystemExit(1)", version="1")
    done = call(checkout, "check")
    assert done.stdout.splitlines() == ["ruff check .", "ruff format --check .", "mypy"]
    assert done.returncode == 1


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_set_up_that_is_asked_to_end_takes_pip_and_its_compilers_along(checkout: Place) -> None:
    alive = os.path.join(checkout.root, "alive")
    os.mkfifo(alive)
    _replace_pip(checkout, _PIP_WITH_A_COMPILER.format(alive=alive))
    command = [sys.executable, os.path.join(checkout.root, "scripts", "run")]
    with subprocess.Popen(command, env=_environment(checkout), stderr=subprocess.PIPE) as running:
        with open(alive) as pipe:
            assert pipe.read(1) == "x"
            running.send_signal(signal.SIGTERM)
            assert pipe.read() == "", "the end of the pipe: nobody holds it any more"
        said = running.communicate()[1]
    assert running.returncode == launch.INTERRUPTED
    assert b"Stopped." in said
    assert os.path.exists(checkout.unfinished)


_PIP_WITH_A_COMPILER = """
import signal, subprocess, sys
pipe = open({alive!r}, "w")
wait = "import signal; signal.pause()"
compiler = subprocess.Popen([sys.executable, "-c", wait], pass_fds=[pipe.fileno()])
print("x", end="", file=pipe, flush=True)
signal.pause()
"""


def test_a_second_call_waits_for_the_first_and_finds_its_work_done(checkout: Place) -> None:
    waiting = threading.Event()
    with lock.held(checkout.lock, waiting.set):
        second = subprocess.Popen(
            [sys.executable, os.path.join(checkout.root, "scripts", "test")],
            env=_environment(checkout),
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        assert second.stderr is not None
        assert b"waiting for it" in second.stderr.readline()
        stamp.record(checkout, "dev")
    assert second.communicate()[1] == b""
    assert not waiting.is_set()
    assert asked_of_pip(checkout) == []


# ── what the user sees meanwhile ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "share"),
    [
        ("  [12/48] Building CXX object vendor/llama.cpp/src/llama.cpp.o", 0.25),
        ("[48/48] Linking", 1.0),
        ("  [0/0] nothing", None),
        ("see [12/48]", None),
        ("Collecting numpy", None),
    ],
)
def test_ninja_counts_the_build(line: str, share: float | None) -> None:
    assert progress.built(line) == share


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Collecting numpy>=1.26", "Collecting numpy>=1.26"),
        ("  Downloading numpy-2.4.6.whl (16 MB)", "Downloading numpy-2.4.6.whl (16 MB)"),
        ("Installing collected packages: a, b", "Installing collected packages"),
        ("  changing mode of f2py to 755", None),
    ],
)
def test_pip_says_what_it_does(line: str, expected: str | None) -> None:
    assert progress.doing(line) == expected


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(out: io.StringIO, lines: list[str]) -> str:
    seconds = iter(range(0, 1000, 10))
    with progress.Progress("Building", out, lambda: float(next(seconds))) as meter:
        for line in lines:
            meter.feed(line)
    return out.getvalue()


def test_a_log_gets_a_line_at_every_tenth() -> None:
    lines = [f"[{step}/40] Building" for step in range(1, 41)]
    said = shown(io.StringIO(), lines).splitlines()
    assert [line.split(",")[0] for line in said[1:-1]] == [f"  {n}0 %" for n in range(1, 11)]
    assert said[0] == "Building"
    assert said[-1].startswith("  done in ")


def test_a_terminal_gets_one_line_that_moves_and_then_goes() -> None:
    said = shown(Terminal(), ["Collecting x", "[1/2] Building"])
    assert "  Collecting x  10 s" in said
    assert "[############............]  50%  20 s" in said
    assert said.count("\n") == 2
    assert said.rpartition("\r")[2] == "  done in 30 s\n"


# ── what went wrong ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("output", "happened"),
    [
        (["OSError: [Errno 28] No space left on device"], "the disk is full."),
        (["c++: fatal error: Killed signal terminated program cc1plus"], "memory ran out"),
        (["CMake Error at CMakeLists.txt:3"], "building from source failed."),
        (
            ["WARNING: NewConnectionError('<x>: Failed')", "ERROR: No matching distribution found"],
            "the package index could not be reached.",
        ),
        (["ERROR: No matching distribution found for x"], "no release that fits"),
        (["something new"], "pip gave up."),
    ],
)
def test_a_failure_is_explained_by_its_surest_sign(output: list[str], happened: str) -> None:
    assert happened in explain(output)[0]


def test_the_message_shows_the_last_lines_what_happened_and_what_to_do() -> None:
    error = SetupError("it broke.", "Mend it.", last_lines=["gcc: oops"])
    assert str(error).splitlines() == ["  | gcc: oops", "edgeomni set-up: it broke.", "Mend it."]


@pytest.mark.skipif(os.name == "nt", reason="needs a package manager that can be taken away")
def test_without_compiler_and_index_the_user_is_told_how_to_get_a_compiler(
    checkout: Place,
) -> None:
    (engine,) = Path(checkout.venv).rglob("llama_cpp_python-*.dist-info")
    shutil.rmtree(engine)
    _replace_pip(checkout, "print('ERROR: No matching distribution found'); raise SystemExit(1)")
    done = call(checkout, "run", "ask")
    assert "no ready-made engine could be fetched" in done.stderr
    assert "install a C and C++ compiler" in done.stderr
    assert done.returncode == launch.SETUP_FAILED


# ── what the system has to have ──────────────────────────────────────────────────────────────────

(PORTAUDIO,) = (library for library in system.LIBRARIES if library.name == "portaudio")


@pytest.mark.parametrize(
    ("manager", "root", "runs", "line"),
    [
        ("apt-get", True, True, "apt-get install -y --no-install-recommends libportaudio2"),
        ("apt-get", False, False, "sudo apt-get install -y --no-install-recommends libportaudio2"),
        ("dnf", True, False, "dnf install -y portaudio"),
        ("dnf", False, False, "sudo dnf install -y portaudio"),
        ("", True, False, ""),
        ("", False, False, ""),
    ],
)
def test_portaudio_is_installed_by_root_with_apt_and_otherwise_named(
    manager: str, root: bool, runs: bool, line: str
) -> None:
    found = system.remedy(PORTAUDIO, manager, root=root)
    assert found.line == line
    assert found.command == (tuple(line.split()) if runs else ())


def test_what_a_program_loads_is_looked_for_by_the_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    present = ["pulseaudio"]
    monkeypatch.setattr(system.shutil, "which", lambda name: name if name in present else None)
    assert "pulseaudio" not in [library.name for library in system.missing("dev", "linux")]
    present.clear()
    assert "pulseaudio" in [library.name for library in system.missing("dev", "linux")]
    assert "pulseaudio" not in [library.name for library in system.missing("", "linux")]


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_portaudio_comes_with_the_wheel_on_macos_and_windows(platform: str) -> None:
    assert system.missing("", platform) == ()


def having(*programs: str) -> Callable[[str], str | None]:
    return lambda name: f"/usr/bin/{name}" if name in programs else None


@pytest.mark.parametrize(
    ("programs", "environ", "expected"),
    [
        (("cc", "c++"), {}, True),
        (("gcc", "g++"), {}, True),
        (("clang", "clang++"), {}, True),
        (("gcc",), {}, False),
        (("g++",), {}, False),
        ((), {}, False),
        (("icx", "icpx"), {"CC": "icx -O3", "CXX": "icpx"}, True),
        (("gcc", "g++"), {"CC": "icx"}, False),
    ],
)
def test_a_compiler_is_one_for_c_and_one_for_cpp(
    programs: tuple[str, ...], environ: dict[str, str], expected: bool
) -> None:
    assert system.has_compiler(environ, having(*programs), "linux") is expected


@pytest.mark.parametrize(
    ("manager", "root", "platform", "line"),
    [
        (
            "apt-get",
            False,
            "linux",
            "sudo apt-get install -y --no-install-recommends build-essential",
        ),
        ("pacman", True, "linux", "pacman -S --noconfirm base-devel"),
        ("", False, "linux", ""),
        ("", False, "darwin", "xcode-select --install"),
    ],
)
def test_the_line_that_installs_a_compiler_is_exact(
    manager: str, root: bool, platform: str, line: str
) -> None:
    assert system.compiler_line(manager, root=root, platform=platform) == line


def test_the_first_package_manager_found_is_used() -> None:
    assert system.manager(having("apk", "dnf")) == "dnf"
    assert system.manager(having()) == ""


def test_an_old_python_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = ROOT / "scripts" / "bootstrap" / "__init__.py"
    ast.parse(guard.read_text(), feature_version=(3, 4))
    monkeypatch.setattr(sys, "version_info", (3, 10, 12))
    with pytest.raises(SystemExit, match="or newer, and this is Python"):
        runpy.run_path(str(guard))
