"""The brain: llama.cpp behind one seam, in a worker process or on an OpenAI-compatible server."""
