"""On what, where and with which code a stage ran: evidence only, nothing personal."""
