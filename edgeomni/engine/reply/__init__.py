"""What a model writes, taken apart into answer, reasoning and tool calls."""
