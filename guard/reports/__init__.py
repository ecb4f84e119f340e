"""A report in each format, to a file or a terminal, and how an error is reported. The formats are pure."""
