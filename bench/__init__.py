"""The measurements that the README quotes, each beside its floor and its peers. `python -m bench`; see `bench/README.md`."""
