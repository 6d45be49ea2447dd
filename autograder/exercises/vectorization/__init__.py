"""Vectorised computing (2.1): what is asked, and how it is judged."""
