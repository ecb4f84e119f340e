"""What agents ask: where a path lies, whether a write may be made, and what is told in the course of a session."""
