"""A comparison of disclosures for readers: as text, Markdown and SVG, in one choice of words."""
