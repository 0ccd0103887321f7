"""What a language model writes, in words that a voice can say, piece by piece. Pure."""
