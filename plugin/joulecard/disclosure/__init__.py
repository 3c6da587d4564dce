"""From segments to one disclosure document."""
