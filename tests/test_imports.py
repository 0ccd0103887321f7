"""Imports point inwards, and each heavy library is at home where it belongs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "edgeomni"
ROOMS = ("catalog", "engine", "hotkey", "process", "speech", "store", "vision")
FACES = ("api", "cli", "server", "tui")

# Everybody may import what stands in a lower layer; within a layer only process is shared.
LAYERS = (
    (
        "__init__",
        "values",
        "errors",
        "sanitise",
        "faults",
        "log",
        "regular",
        "talk_events",
        "watch_events",
    ),
    ("ports", "paths"),
    ("settings", "conversation"),
    ("process",),
    tuple(room for room in ROOMS if room != "process"),
    ("album", "casting", "listening", "looking"),
    ("assistant", "gather"),
    ("loops",),
    ("build", "patience"),
    ("counting", "given", "places", "reading"),
    FACES,
    ("__main__",),
)
LAYER = {name: height for height, names in enumerate(LAYERS) for name in names}

HOMES = {
    "llama_cpp": {"engine"},
    "jinja2": {"engine"},
    "PIL": {"vision"},
    "av": {"vision"},
    "pypdfium2": {"vision"},
    "huggingface_hub": {"catalog"},
    "msgpack": {"process", "engine"},
    "sounddevice": {"speech"},
    "soxr": {"speech"},
    "aec_audio_processing": {"speech"},
    "hibari": {"speech"},
    "kokoro_onnx": {"speech"},
    "onnxruntime": {"speech"},
    "ctranslate2": {"speech"},
    "faster_whisper": {"speech"},
    "pynput": {"hotkey"},
    "textual": {"tui"},
    "platformdirs": {"paths"},
}
"""Where each library may be imported."""
LAZY = {*HOMES, "httpx", "numpy"} - {"textual"}
"""Libraries that a file of the parent process imports inside functions only."""
WORKER_ONLY = ("engine", "vision", "speech", "process")


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def place(path: Path) -> str:
    """The room or the top-level module that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[str]:
    """Full names of all modules that a file imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the direction"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def without_type_checking(tree: ast.Module) -> ast.Module:
    """The file as it runs: what only the type checker reads costs and couples nothing."""

    class Drop(ast.NodeTransformer):
        def visit_If(self, node: ast.If) -> ast.AST | None:
            test = node.test
            return None if isinstance(test, ast.Name) and test.id == "TYPE_CHECKING" else node

    return Drop().visit(tree)


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_inwards(path: Path) -> None:
    here = place(path)
    assert here in LAYER, f"{here} has no layer yet: give it one in LAYERS"
    for name in imports(without_type_checking(parse(path))):
        parts = name.split(".")
        there = parts[1] if parts[0] == "edgeomni" and len(parts) > 1 else ""
        if there in LAYER and there != here:
            assert LAYER[there] < LAYER[here] or LAYER[there] == 0, f"{here} imports {name}"


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_heavy_library_stays_at_home(path: Path) -> None:
    for name in imports(parse(path)):
        library = name.partition(".")[0]
        assert place(path) in HOMES.get(library, {place(path)}), f"{path.name} imports {library}"


@pytest.mark.parametrize(
    "path",
    [path for path in files() if place(path) not in WORKER_ONLY],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_the_parent_imports_heavy_libraries_only_when_it_needs_them(path: Path) -> None:
    for node in without_type_checking(parse(path)).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {name.partition(".")[0] for name in imports(node)}
            assert not names & LAZY, f"{path.name} imports {names & LAZY} when it is loaded"


def test_only_build_names_engines_eyes_ears_and_mouths() -> None:
    concrete = {"LlamaEngine", "RemoteEngine", "EyesWorker", "EarsWorker", "MouthWorker"}
    for path in files():
        if place(path) in (*FACES, "assistant", "settings"):
            named = {n.id for n in ast.walk(parse(path)) if isinstance(n, ast.Name)}
            assert not named & concrete, f"{path.name} names {named & concrete}"


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "core", "base", "manager", "helper", "helpers", "handler", "misc"}
    assert not {path.stem for path in files()} & drawers
