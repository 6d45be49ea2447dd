"""Exactly the code that runs in the same process as student code, with `reading`, `wire` and
`errors`.
"""
