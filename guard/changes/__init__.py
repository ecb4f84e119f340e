"""One changed path and what it tells: generated or not, able to start guard or not. Pure."""
