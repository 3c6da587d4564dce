"""The sections of a report: what each shows, in words, rounded numbers and pictures."""
