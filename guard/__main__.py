"""The way in: the words of the command line go to a hook or to Click, and whatever happens becomes an exit status.

0 kept · 1 broken · 2 could not judge · 3 a bug in guard · 130 interrupted · 141 nobody reads the output any more (what a shell shows for
a program that SIGPIPE ended, as it would git).
"""

# No `from __future__ import annotations` here: it imports a module, and `python -m guard` has the current directory first on the path.
import atexit
import gc
import os
import sys


def _leave_directory_out() -> None:
    """Take the current directory off the import path: the repository under judgement must not be able to provide `click.py`.

    `python -m` puts it there unless `-P` or `-I` is given (docs.python.org, "Command line and environment"). What Python itself loads to
    find this file is loaded by now: in a directory that nobody trusts start `guard`, or `python -I -m guard`.
    """
    try:
        here = os.getcwd()
    except OSError:  # the directory is gone, and then it is not on the path either
        return
    if not sys.flags.safe_path and sys.path[:1] in ([here], [""]):
        del sys.path[0]


if __name__ == "__main__":
    _leave_directory_out()


def main() -> int:
    """Run guard with the words of `sys.argv` and give its exit status."""
    gc.disable()  # a short life: looking for rings of garbage takes a tenth of it, and finds none worth the time
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
    """A hook does without Click: git or an agent calls it all the time, and importing Click takes longer than the whole answer."""
    if words[:1] == ["hook"]:
        from guard.commands import hook

        return hook.main(words[1:])
    if _is_agents_hook(words):
        from guard.commands import agent

        return agent.main(words[1:])
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
        from guard.commands import agent

        code = agent.broke_down(text, heard=heard)
        _let_go()
        if code is not None:
            return code
    _tell(text)
    return 2 if known else 3


def _is_agents_hook(words: list[str]) -> bool:
    """Whether an agent calls, and not a person who sets one up: `guard agent install NAME` and the like are commands as all others."""
    if words[:1] != ["agent"]:
        return False
    from guard.agents.programs import AGENTS

    return words[1:2] != [] and words[1] in AGENTS


def _speak_utf8() -> None:
    """Start again in UTF-8 mode where Python would use another encoding for file names: git's are bytes, and most are UTF-8 (PEP 540)."""
    if sys.getfilesystemencoding() != "utf-8" and not sys.flags.utf8_mode:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def _let_any_name_through() -> None:
    """Whatever the locale, a character that the terminal cannot show is written as an escape and never ends the program."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _tell(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (
        OSError,
        ValueError,
        AttributeError,
    ):  # closed, or never there: the exit status has to say it alone
        return


def _flush() -> None:
    """Write out what is still held back, here, where a full disk or a reader that went away can be told."""
    if sys.stdout:
        sys.stdout.flush()


def _let_go() -> bool:
    """Write out what is held back; tell whether that was possible.

    Where not, the interpreter flushes to nowhere when it ends, instead of complaining a second time about what cannot be written.
    """
    try:
        _flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
        return False
    return True


def _leave(code: int) -> None:
    """End at once where nobody waits for the end: taking the interpreter apart costs a hook a tenth of its time.

    Everything is flushed by now. Whoever registered a function for the end (coverage), traces or profiles us or wants a prompt afterwards
    gets the usual way out.
    """
    at_exit = vars(atexit).get(
        "_ncallbacks", lambda: 1
    )()  # CPython's own count; elsewhere somebody may always wait
    if at_exit or sys.gettrace() or sys.getprofile() or sys.flags.inspect:
        return
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
