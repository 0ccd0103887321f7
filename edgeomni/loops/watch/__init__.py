"""Watching: what is seen becomes words when it matters, and questions are about the present."""
