"""The end of a session: commands that are run and recorded, and what a handoff is drafted from and shown with."""
