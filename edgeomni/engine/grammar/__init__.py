"""From JSON schemas to grammars that hold an answer in shape."""
