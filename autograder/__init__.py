"""Grades the exercises of linear regression by hidden properties, with student code in locked workers."""

__version__ = "0.2.0"
