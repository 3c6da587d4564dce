"""A disclosure of a run that is over, from what its authors know of it; every value that is assumed is listed."""
