"""From what instruments show to joules, and whose they are. Pure: samples in, totals out."""
