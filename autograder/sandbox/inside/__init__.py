"""Exactly the code that runs in the same process as student code.

Of the kit, the sandbox shows a worker only this folder, `reading`, `wire` and `errors`.
"""
