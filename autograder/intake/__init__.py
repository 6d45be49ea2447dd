"""What was submitted: which file is whose, and its text.  Knows nothing of what is asked."""
