"""One session for all commands: submissions in, reports out, by judges here or in other processes.

Knows nothing of what becomes of the reports.
"""
