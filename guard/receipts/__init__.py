"""Commands that ran: receipts as values, their store, and running a command.

`receipt` and `words` are pure; `store`, `running` and `channels` touch the world. What a handoff
claims is for `handoffs`, and what a contract requires for `rules`.
"""
