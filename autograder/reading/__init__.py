"""Reads a submission's text: notebooks, statements, and which of them a function needs.  Runs none of it.

Knows no exercise.  Student code reaches these modules' parser in a worker alone.
"""
