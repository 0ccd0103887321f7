"""Logits of the reference implementation, as fixtures for the tests of the picture path.

``scripts/reference/make`` makes tiny random checkpoints with ``transformers``, converts them with
llama.cpp's own converter, and writes what ``transformers`` computes from prompts with pictures.
"""
