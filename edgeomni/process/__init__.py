"""Worker processes: the frames on the wire, the host in the child, the supervisor in the parent."""
