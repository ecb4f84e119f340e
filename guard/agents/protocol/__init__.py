"""Payload to event, and the reasons given to a model. Pure; all but `patch` is hot."""
