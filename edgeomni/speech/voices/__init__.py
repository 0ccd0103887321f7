"""Voices that read texts aloud, and how much of what they said was heard."""
