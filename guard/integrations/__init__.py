"""Other programs' protocols: what git, hook managers, agents and CI systems say, as plain values. Pure."""
