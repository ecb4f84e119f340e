"""guard keeps parallel work on one git repository from colliding."""

__version__ = "0.1.0"
