"""CI systems, a file each, and the gate, which finds what to judge. The verdict is in verdict/."""
