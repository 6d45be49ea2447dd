"""Linear regression from scratch (2.2): what is asked, and how it is judged."""
