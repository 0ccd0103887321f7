"""From a conversation to the items of a prompt."""
