"""Which frames are worth a look."""
