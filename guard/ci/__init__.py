"""CI systems: which one started guard, what it says about the change, and what guard judges for it. One file a system."""
