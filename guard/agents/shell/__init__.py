"""What a shell command does. Pure; `deeds.deeds_in` answers, the other modules read for it."""
