"""What a crash leaves behind: written while recording, read afterwards."""
