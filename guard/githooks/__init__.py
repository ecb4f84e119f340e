"""git's hooks, a file each; the shell that starts them; installing and diagnosing them."""
