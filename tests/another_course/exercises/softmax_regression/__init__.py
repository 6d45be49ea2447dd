"""Softmax regression: what is asked, and how it is judged."""
