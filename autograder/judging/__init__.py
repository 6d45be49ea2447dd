"""Exercise x worker -> results.  Knows nothing of where submissions come from or who reads the results."""
