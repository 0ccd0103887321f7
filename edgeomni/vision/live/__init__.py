"""Live sources of pictures, in a worker of their own: one that blocks is killed alone."""
