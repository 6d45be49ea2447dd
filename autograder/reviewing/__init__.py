"""The page on this machine where an instructor decides what waits, over the same table as a spreadsheet."""
