"""A report in one format each. Pure, and imported by name."""
