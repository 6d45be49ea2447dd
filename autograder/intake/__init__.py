"""Finds submissions: which file is whose, and its text.  Knows nothing of exercises."""
