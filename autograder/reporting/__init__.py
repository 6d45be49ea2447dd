"""Shows reports to people: a results folder, a text and a page for each student, tables of a class.

Only this package decides what is shown.  It knows nothing of how a submission was judged.
"""
