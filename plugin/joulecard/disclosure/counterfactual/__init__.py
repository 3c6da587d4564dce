"""The same energy elsewhere: what a disclosed energy would have emitted on other grids. Never a result, only a what-if.

Nothing here makes a disclosure or any part of one.
"""
