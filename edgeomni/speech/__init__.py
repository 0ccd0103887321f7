"""Ears: what is said in a sound, as text with times."""
