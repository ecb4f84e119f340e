"""The reader of shell commands against a real shell: its sure words are the words that run."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.agents.shell.commands import Command, Word, commands_in

TEXTS = [
    "git commit -m 'a b'",
    'git commit -m "don\'t" && git push; git status',
    "git add . || git reset",
    "git add .\ngit commit -m x\n\n# git push\n",
    "git log --grep='# no comment' a#b # a comment",
    "git commit -m 'it'\\''s' -m \"a \\\"b\\\" \\$c \\x\"",
    "git commit \\\n  -m x \\\n  --amend",
    "cat <<EOF\ngit push\nEOF\ngit status",
    "cat <<-EOF\n\tgit push\n\tEOF\ngit status",
    "cat <<'A' <<\"B\"\ngit a\nA\ngit b\nB\ngit c",
    'git commit -m "$(cat <<\'EOF\'\nI don\'t "know" )\n$(git push)\nEOF\n)" && git status',
    "cat <<EOF\n$(git one) and `git two`\nEOF",
    "cat <<EOF\n$(git one)\n",
    "echo $(git one; echo $(git two)) `git three`",
    'echo "a $(git one "b c") d"',
    "(git one; (git two)) ; { git three; }",
    "if git one; then git two; else git three; fi",
    "for i in a; do git one; done; while false; do git two; done",
    "! git one; git two & wait; git three | cat",
    "git one > out 2>&1 < /dev/null >> out 2> err",
    "git one>out&&git two 2>err;git three",
    "A=1 B='x y' git one C=2",
    "echo git one; printf '%s' 'git two'; : git three",
    "git one ${x:-$(git two)} $((1 + 2)) $x",
    "git 'one'\"two\"three\\ four ''",
    "git {one,two} ~ *.none [a-b] ?",
    "case x in x) git one;; esac",
    "f() { git one; }; f",
    "x=$(git one) y=`git two`",
    "git one \\; git-two \\& git",
    "git 'a\nb' \"c\nd\"",
    "git one '' \"\" -- ''",
    "git - -- --x=y 'a=b' \"$\" $",
    "git one&git two",
    "git a\\\nb c",
    "git a # b \\\ngit c",
    "git 'a\\\nb' \"c\\\nd\" e\\\n",
    "git a \\\n\\\n  b && \\\n git c",
]


@pytest.fixture(scope="module")
def stubs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a `git` that records its arguments, and the other programs of the texts."""
    folder = tmp_path_factory.mktemp("stubs")
    (folder / "git").write_text(
        "#!/bin/sh\n"
        # One write, since a call in the background writes at the same time.
        'printf \'%s\\0\' git "$@" "$(printf \'\\1\')" >> "$CALLS"\n'
    )
    (folder / "git").chmod(0o755)
    for name in ("sh", "cat"):
        (folder / name).symlink_to(shutil.which(name) or name)
    return folder


def run(stubs: Path, text: str, folder: Path) -> list[list[str]]:
    """Run a text in a real shell, and give the words of every call of git."""
    calls = folder / "calls"
    calls.write_bytes(b"")
    env = {"PATH": str(stubs), "CALLS": str(calls), "HOME": str(folder)}
    subprocess.run(
        ["/bin/sh", "-c", text], cwd=folder, env=env, capture_output=True, check=False, timeout=20
    )
    found: list[list[str]] = [[]]
    for word in calls.read_bytes().decode().split("\0")[:-1]:
        if word == "\1":
            found.append([])
        else:
            found[-1].append(word)
    return found[:-1]


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_read_is_what_runs(stubs: Path, tmp_path: Path, text: str) -> None:
    """The reader finds the calls of git that a shell makes, with their words, and no others."""
    ran = run(stubs, text, tmp_path)
    read = [
        command.words
        for command in commands_in(text)
        if command.words and command.words[0].text == "git"
    ]
    reached = [
        words for words in read if len(words) < 2 or words[1].text not in UNREACHED.get(text, ())
    ]
    assert len(reached) == len(ran), (reached, ran)
    assert all(any(_agrees(words, call) for call in ran) for words in reached), (reached, ran)
    assert all(any(_agrees(words, call) for words in reached) for call in ran), (reached, ran)


# Which calls a text holds and yet does not make, by their first word.
UNREACHED = {
    "git add . || git reset": ("reset",),
    "if git one; then git two; else git three; fi": ("three",),
    "for i in a; do git one; done; while false; do git two; done": ("two",),
}


def _agrees(read: tuple[Word, ...], ran: list[str]) -> bool:
    """Whether a call can have the words that were read, up to the first unsure one."""
    if all(word.sure for word in read):
        return [word.text for word in read] == ran
    sure = next(place for place, word in enumerate(read) if not word.sure)
    return [word.text for word in read[:sure]] == ran[:sure]


BARE = st.text("abZ09_-./:=@%+,", min_size=1)
SINGLE = st.text('ab "\\$`#;&|\n*~{', max_size=6).map(lambda text: f"'{text}'")
DOUBLE = st.text("ab ';&|#\n*~{!", max_size=6).map(lambda text: f'"{text}"')
ESCAPED = st.sampled_from([f"\\{char}" for char in " '\"\\$`#;&|<>*?[~{}()"]) | st.sampled_from(
    ['"\\""', '"\\\\"', '"\\$"', '"\\a"', '"$"']
)
WORDS = st.lists(
    st.lists(BARE | SINGLE | DOUBLE | ESCAPED, min_size=1, max_size=4).map("".join), max_size=4
)


@given(WORDS)
def test_words_are_taken_apart_as_a_shell_does(words: list[str]) -> None:
    """Any mixture of quotes gives the words that a real shell gives to a program."""
    text = "printf '%s\\0' : " + " ".join(words)
    done = subprocess.run(
        ["/bin/sh", "-c", text],
        capture_output=True,
        check=False,
        env={"HOME": "/home", "PATH": os.defpath},
    )
    [command] = [one for one in commands_in(text) if one.words]
    words_of_shell = done.stdout.decode().split("\0")[:-1]
    if all(word.sure for word in command.words):
        assert [word.text for word in command.words[2:]] == words_of_shell


@pytest.mark.parametrize(
    ("text", "writes"),
    [
        ("git diff 2>&1 | less", []),
        ("ls 2>/dev/null", ["/dev/null"]),
        ("cat < in <<EOF\n> none\nEOF", []),
        ("cat <<< '> none'", []),
        ("echo '> none' \"> none\" \\> none", []),
        ("echo a->b", ["b"]),
        ("x >a 2>>b >|c &>d &>>e <>f 5>g >&h >&2 >&-", list("abcdefgh")),
        ("> 'a b'", ["a b"]),
        ("(x; y) > a", ["a"]),
        ('echo "$(x > a)" > b', ["a", "b"]),
        ("x > $y", [""]),
        ('x > "$HOME"/a', [""]),
        ("x > a$y", ["a"]),
    ],
)
def test_files_that_redirections_write(text: str, writes: list[str]) -> None:
    """Redirections give the files that they write, not descriptors or files that they read."""
    assert [word.text for command in commands_in(text) for word in command.writes] == writes


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("git a", [("", False)]),
        ("cd x && git a", [("x", False)]),
        ("cd x; cd y/z; git a", [("x/y/z", False)]),
        ("cd /x && git a; cd y && git b", [("/x", False), ("/x/y", False)]),
        ("(cd x && git a); git b", [("x", False), ("", False)]),
        ("(cd x; (cd y; git a); git b); git c", [("x/y", False), ("x", False), ("", False)]),
        ("echo $(cd x; git a); git b", [("x", False), ("", False)]),
        ("cd -- x && git a", [("x", False)]),
        ("pushd x && git a", [("x", False)]),
        ("cd $x && git a", [("", True)]),
        ("cd && git a", [("", True)]),
        ("cd - && git a", [("", True)]),
        ("cd ~/x && git a", [("~/x", False)]),
        ("cd x; cd ~/y; cd z; git a", [("~/y/z", False)]),
        ("cd '~'/x && git a", [("./~/x", False)]),
        ("cd ~me/x && git a", [("", True)]),
        ("cd ~ && git a", [("", True)]),
        ("popd; git a", [("", True)]),
        ("cd $x; cd y; git a", [("y", True)]),
        ("cd $x; cd /y; git a", [("/y", False)]),
    ],
)
def test_where_a_command_runs(text: str, places: list[tuple[str, bool]]) -> None:
    """A sure `cd` moves later commands up to a closing bracket; an unsure one hides where."""
    assert [
        (one.directory, one.changed)
        for one in commands_in(text)
        if [word.text for word in one.words[:1]] == ["git"]
    ] == places


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("git a <<E\nb\nc\nE\ngit d", ["b\nc\n", ""]),
        ("git a <<'E' | git b <<-F && git c\n$x\nE\n\tb\n\tF\ngit d", ["$x\n", "b\n", "", ""]),
        ("git a <<E <<F\nb\nE\nc\nF\n", ["c\n"]),
        ("git a <<E\n$b\nE\ngit c <<E\n`b`\nE\ngit d <<E\n\\b\nE\n", ["", "", ""]),
        ("git a <<< 'b c' && git d <<< $b", ["b c\n", ""]),
        ("x=$(git a <<E\nb\nE\n) && git c", ["b\n", ""]),
        ("(git a <<E)\nb\nE\ngit c", ["b\n", ""]),
        ("git a <<E", [""]),
        ("git a <<E\nb", ["b\n"]),
    ],
)
def test_what_a_command_is_given(text: str, given: list[str]) -> None:
    """A here-document belongs to the command that announces it; an expanded one is unknown."""
    assert [
        one.given for one in commands_in(text) if [word.text for word in one.words[:1]] == ["git"]
    ] == given


def test_what_bash_adds() -> None:
    """`$'…'`, `<(…)` and `&>` are read; an escape in `$'…'` makes the word unsure."""
    found = list(commands_in("git $'a b' <(git one) $'c\\n' &> out"))
    assert found[0].words == (Word("git"), Word("one"))
    assert found[1] == Command(
        words=(Word("git"), Word("a b"), Word("", sure=False), Word("", sure=False)),
        writes=(Word("out"),),
    )


@pytest.mark.parametrize(
    "text",
    [
        *(
            "$(",
            "`",
            '"',
            "'",
            "$((",
            "${",
            "<<",
            "((((",
            "a $(b",
            "echo \\",
            "git <<E",
            "git <<'E\n",
            "x >",
            "$'",
            "a=$(",
            ")",
            "))a",
            "<(",
            "\0",
        ),
        "$(" * 10_000,
        "(" * 10_000,
        "`" * 10_001,
        '"$(' * 5_000,
        "${" * 10_000,
        "a=" * 10_000,
        "<<A " * 5_000,
    ],
    ids=lambda text: f"{text[:8]!r} {len(text)}",
)
def test_texts_that_end_too_early_or_nest_too_deeply(text: str) -> None:
    """An unclosed or too deeply nested text is read to its end quickly and without an error."""
    started = time.process_time()
    list(commands_in(text))
    assert time.process_time() - started < 2


@given(st.text("ag $(){}<>'\"`\\;&|#\n-=~*E", max_size=40))
def test_no_text_is_too_strange(text: str) -> None:
    """Any sequence of special characters is read without an error."""
    list(commands_in(text))
