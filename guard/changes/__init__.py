"""Change sets: which paths are under judgement, and what happened to each."""
