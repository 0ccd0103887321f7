"""Microphones and loudspeakers: sound cards that may vanish, files that stand for them, echoes."""
