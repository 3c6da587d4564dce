"""A user's own factors, PUE, WUE and contracts: read from a file, checked, cited, and taken before the tables."""
