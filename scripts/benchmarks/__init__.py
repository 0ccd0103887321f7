"""Measures edgeomni beside llama.cpp's own programs; never part of the tests."""
