"""git's hooks: where they lie, what is wrong with them, how they are put there, and what a push brings."""
