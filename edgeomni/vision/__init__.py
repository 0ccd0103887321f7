"""Eyes: foreign media files become pixels and samples, in a worker process."""
