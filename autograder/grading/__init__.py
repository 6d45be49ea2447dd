"""One session for all commands: submissions in, reports out.  Knows nothing of what becomes of
these.
"""
