"""What `guard hook NAME` does for each of git's hooks, one file a kind: loaded only when git starts that hook."""
