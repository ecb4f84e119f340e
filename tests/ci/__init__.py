"""The gate: `guard ci` in checkouts made the way CI systems make them."""
