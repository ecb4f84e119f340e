"""Setting an agent up: guard's entries in its settings, and the selftest that tries them. Cold."""
