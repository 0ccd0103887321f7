"""The command line of ``scripts/peers``: makes ready what edgeomni is measured beside.

llama-server, llama-bench and llama-mtmd-cli are built from the sources of the installed
llama-cpp-python; pipecat gets an environment of its own. Nothing is asked but the package index.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import peers, pipecat_venv
from bootstrap.place import this_checkout
from bootstrap.trouble import SetupError

PEERS = ("llama.cpp", "pipecat")
FAILED = 8
"""Exit status."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/peers", description=__doc__)
    parser.add_argument(
        "peers", nargs="*", metavar="PEER", help=f"{' or '.join(PEERS)}; without one, both"
    )
    parser.add_argument("--where", action="store_true", help="print the programs' folder and end")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count(), metavar="N")
    asked = parser.parse_args(arguments)
    if unknown := sorted(set(asked.peers) - set(PEERS)):
        parser.error(f"{', '.join(unknown)} is none of {', '.join(PEERS)}")
    wanted = () if asked.where else asked.peers or PEERS
    place = this_checkout()
    try:
        shelf = peers.Shelf(Path(place.root), peers.installed_version(place))
        if "llama.cpp" in wanted:
            peers.make(place, shelf, asked.jobs)
        if "pipecat" in wanted:
            pipecat_venv.make(place, shelf)
    except SetupError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("\nStopped. The next call goes on with what was built by then.", file=sys.stderr)
        return 130
    print(shelf.bin)
    return 0
