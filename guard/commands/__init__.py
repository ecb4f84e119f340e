"""One file a command: read the options, gather, judge, show."""
