"""The host: its processes and their CPU time, what is reserved, and who else records there."""
