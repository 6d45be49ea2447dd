"""Grades the exercises of linear regression by hidden properties, with student code in locked workers."""
