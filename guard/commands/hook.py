"""`guard hook NAME` for help and completion; git's calls take the way without Click."""

import click

from guard import githooks


@click.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def command(words: tuple[str, ...]) -> int:
    """Judge what a git hook is about to let through."""
    return githooks.main(words)
