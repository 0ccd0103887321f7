"""How the eye of ``nano`` is made: scenes, training, export and measurement.

``scripts/nano/train --help`` names the stages; ``models/nano/README.md`` tells what came out.
"""
