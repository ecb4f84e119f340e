"""A report in each format, to a file or a terminal, and the text of an error.

The formats are pure; no module here prints.
"""
