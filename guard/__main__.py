"""The way in: a hook, an agent or Click gets the command line; the outcome is an exit status.

0 kept · 1 broken · 2 could not judge · 3 a bug in guard · 130 interrupted · 141 the output's reader
is gone (as a shell shows for a program that SIGPIPE ended, such as git).
"""

# No `from __future__ import annotations`: it imports a module, and `python -m guard` looks for
# modules in the current directory first.
import atexit
import gc
import os
import sys


def _leave_directory_out() -> None:
    """Undo what `python -m` does to the import path, so that no repository provides `click.py`.

    See docs.python.org, "Command line and environment", on `-P` and `-I`. Python has already loaded
    what finds this file: in an untrusted directory, start `guard` or `python -I -m guard`.
    """
    try:
        here = os.getcwd()
    except OSError:  # a deleted directory is not on the path
        return
    if not sys.flags.safe_path and sys.path[:1] in ([here], [""]):
        del sys.path[0]


if __name__ == "__main__":
    _leave_directory_out()


def main() -> int:
    """Run guard with the words of `sys.argv` and give its exit status."""
    gc.disable()  # it would take a tenth of a short life
    code = run(sys.argv[1:])
    _leave(code)
    return code


def run(words: list[str]) -> int:
    """Do what `words` say and give the exit status. Raises nothing but SystemExit."""
    try:
        _speak_utf8()
        _let_any_name_through()
        code = _start(words)
        _flush()
    except KeyboardInterrupt:
        _tell("guard: interrupted\n")
        return 130
    except Exception as error:
        return _ended(error, words)
    return code


def _start(words: list[str]) -> int:
    """Hooks do without Click, whose import takes longer than their answer; so do plain words."""
    if words[:1] == ["hook"]:
        from guard import githooks

        return githooks.main(words[1:])
    if _is_agents_hook(words):
        from guard import agents

        return agents.main(words[1:])
    from guard.commands import plain

    code = plain.run(words)
    if code is not None:
        return code
    from guard.commands import cli

    return cli.run(words)


def _ended(error: Exception, words: list[str]) -> int:
    from guard.reports import endings

    unread = endings.is_unread(error)
    heard = _let_go()
    if unread:
        return 141
    known = endings.error_text(error)
    text = known or endings.bug_report(error, words)
    if _is_agents_hook(words):
        from guard import agents

        code = agents.broke_down(text, heard=heard)
        _let_go()
        if code is not None:
            return code
    _tell(text)
    return 2 if known else 3


def _is_agents_hook(words: list[str]) -> bool:
    """`guard agent install NAME` and the like are ordinary commands."""
    if words[:1] != ["agent"]:
        return False
    from guard.agents.programs import AGENTS

    return words[1:2] != [] and words[1] in AGENTS


def _speak_utf8() -> None:
    """Restart in UTF-8 mode (PEP 540) if need be: most of git's file names are UTF-8."""
    if sys.getfilesystemencoding() != "utf-8" and not sys.flags.utf8_mode:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def _let_any_name_through() -> None:
    """Write a character that the terminal cannot encode as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _tell(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):  # closed or missing: only the exit status is left
        return


def _flush() -> None:
    """A full disk or a closed pipe can still be reported now."""
    if sys.stdout:
        sys.stdout.flush()


def _let_go() -> bool:
    """Flush if possible; if not, the interpreter's own flush at the end must not fail again."""
    try:
        _flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
        return False
    return True


def _leave(code: int) -> None:
    """End at once, all flushed: tearing the interpreter down costs a hook a tenth of its time.

    The usual way out is left to exit functions (coverage), tracers, profilers and `python -i`.
    """
    # CPython counts its exit functions; elsewhere there may be some.
    at_exit = vars(atexit).get("_ncallbacks", lambda: 1)()
    if at_exit or sys.gettrace() or sys.getprofile() or sys.flags.inspect:
        return
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
