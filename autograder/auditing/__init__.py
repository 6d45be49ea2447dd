"""For authors: how often checks are wrong, by right and wrong programs.  Grades nobody."""
