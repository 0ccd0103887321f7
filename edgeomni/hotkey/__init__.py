"""One combination of keys, listened to whichever window has the focus; in a worker."""
