"""git: the only room that starts it. Reading (`plumbing`), changing a repository (`porcelain`), and what is asked of it."""
