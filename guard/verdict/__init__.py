"""One change set, from git to a verdict: reads all that rules need, who works here included.

The base's policy and contracts are read in `trust`; who works here is decided in `contract`. What
concerns several sessions lives in `sessions`. Hot: contract, effect, handoff, needs,
neighbours, opening, reading, trust and verdict.
"""
