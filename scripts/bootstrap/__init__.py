"""From a bare Python to a working edgeomni: what scripts/run, test and check do first.

Only the standard library is used, and this file keeps to words that old Pythons can read, so that
they end with a sentence instead of a syntax error.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  the very point: this runs before anything is installed
    sys.exit(
        "edgeomni needs Python 3.11 or newer, and this is Python "
        + sys.version.split()[0]
        + " ("
        + sys.executable
        + "). If a newer one is installed, name it: python3.12 scripts/run"
    )
