"""Policy and contracts: what the users write, as values."""
