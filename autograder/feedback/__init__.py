"""What a student reads of a report; it alone decides what is shown.  Knows no check and no worker."""
