"""Feedback as students submit: one loop, and a source of submissions, an nbgrader course or a folder."""
