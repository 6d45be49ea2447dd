"""What people read of reports: a folder of results, a text and a page for each student, tables of a class.

It alone decides what is shown, and knows nothing of how a submission was judged.
"""
