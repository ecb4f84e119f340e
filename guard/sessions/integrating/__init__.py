"""Bringing sessions onto the base: tried apart, verified, and moved there in one step.

`queue` chooses and orders, `trial` merges and runs commands, `landing` moves the base, `journal`
knows what a killed run has left, `resolving` is for conflicts.
"""
