"""All sessions of a repository together. The end of one session is in `closing/`."""
