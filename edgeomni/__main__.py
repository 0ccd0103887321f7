"""``python -m edgeomni`` is ``edgeomni``."""

import sys

from edgeomni.cli.main import main

sys.exit(main())
