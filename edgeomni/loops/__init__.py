"""Loops that run for as long as the user likes: a spoken conversation, and others to come."""
