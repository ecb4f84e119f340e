"""A changed path and what it tells: in conflict, generated, or able to start guard. Pure."""
