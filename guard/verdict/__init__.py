"""One change set, from git to a verdict. Every read of a repository that a rule needs happens here."""
