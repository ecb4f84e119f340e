"""Commands that ran: the receipt as a value, what it proves, where receipts are kept, and running a command.

The values (`receipt`, `proof`, `words`) are pure; `store` and `running` touch the world.
"""
