"""The only room that starts git: reading (`plumbing`), changing (`porcelain`), and comparing.

What the answers mean for a session is judged elsewhere. Modules that a commit loads are hot: see
`tests/test_lean.py`.
"""
