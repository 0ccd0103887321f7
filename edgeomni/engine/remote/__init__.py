"""The engine seam over any OpenAI-compatible server."""
