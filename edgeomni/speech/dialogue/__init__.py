"""A spoken conversation: whose turn it is, what was said, what is answered, and interruptions."""
