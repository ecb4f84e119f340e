"""The measurements that the README quotes, each beside its floor and its peers.

`python -m bench` runs them; `bench/README.md` explains them.
"""
