"""Hears and speaks: the worker with everything that sounds, and the parent's side of it."""
