"""What a shell command does: the words of its simple commands, the files that it writes, the hooks that it goes around. Pure."""
