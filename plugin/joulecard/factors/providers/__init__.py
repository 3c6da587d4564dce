"""Live grid intensities by the hour from services that a user chose; nothing here runs unless it was asked for."""
