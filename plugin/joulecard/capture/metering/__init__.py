"""What meters stand on: how their sources are opened, asked in time, and read."""
