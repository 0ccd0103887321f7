"""What follows from what is seen, outside the terminal: commands, notifications, files, a voice.

Each takes what it is given at once and does it on a thread of its own, so that the watch never
waits for it; what goes wrong is told, and harms nothing else.
"""
