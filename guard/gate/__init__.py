"""The gate: from what a CI system tells to what is judged."""
