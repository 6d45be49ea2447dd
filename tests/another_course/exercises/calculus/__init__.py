"""Slopes, and how to go down one: an assignment beside the kit's own, which changes nothing there."""
