"""The handoff: five sections of Markdown, what they say, and the receipts that prove it. Everything here is pure."""
