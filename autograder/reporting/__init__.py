"""Shows reports to people: a results folder, a text and a page for each student, tables of a
class.
"""
