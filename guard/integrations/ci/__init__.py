"""What CI systems say about the change that they were started for: environment variables and the event → `Event`. One file a system."""
