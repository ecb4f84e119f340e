"""Reading: what gather is made of, each module one thing that git is asked about."""
