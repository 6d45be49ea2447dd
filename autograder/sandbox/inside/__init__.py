"""All that runs beside student code, and nothing that does not: the folder is the border.

What the walls show a worker's process of the kit is this folder and `wire`.
"""
