"""An assistant that lives on your own laptop: it chats, sees, hears, reads and speaks, offline."""

__version__ = "0.1.0"
