"""MLflow: every run carries its energy and carbon; loaded through entry points, with no line in the user's script."""
