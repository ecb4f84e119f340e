"""Setting an agent up: guard's entries in its settings, and the self-test that runs them."""
