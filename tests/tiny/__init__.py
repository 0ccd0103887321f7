"""Generated models of true architecture: a few hundred KB of random weights, loaded in a blink.

They answer nonsense, but the same nonsense in every engine that evaluates them correctly, and
another nonsense for another picture, another sound or another history. That makes them the
measure of every equality test.
"""
