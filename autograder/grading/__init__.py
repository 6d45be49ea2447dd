"""One session for all doors: submissions in, reports out, by judges here or in other processes.

Knows nothing of what becomes of the reports.
"""
