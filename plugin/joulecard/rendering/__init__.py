"""From a valid disclosure to pages that people read."""
