"""Reads a submission's text: notebooks, statements, and which of them a function needs.  Runs none
of it.
"""
