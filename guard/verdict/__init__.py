"""One change set, from git to a verdict: reads all that rules need, who works here included.

What concerns several sessions lives in `sessions`. Hot: contract, effect, handoff, needs,
neighbours, opening, reading, trust and verdict.
"""
