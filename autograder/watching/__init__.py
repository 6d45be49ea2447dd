"""Feedback as students submit: one loop over a course's exchange."""
