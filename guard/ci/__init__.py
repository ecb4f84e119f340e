"""CI systems, a file each, and the gate, which finds what guard is to judge in their jobs."""
