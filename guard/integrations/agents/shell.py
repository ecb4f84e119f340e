"""The simple commands in a shell's text, as far as they can be read without running it.

It follows the token recognition of POSIX (Shell Command Language, 2.2 to 2.4 and 2.7) with what bash adds that is common: `$'…'`, `|&`,
`&>`, `<<<` and `<(…)`. What only a running shell knows (variables, globs, what a substitution prints) makes a word unsure, and nothing is
ever concluded from an unsure word. `shlex` cannot be used: it knows no here-documents, substitutions or operators inside of words, and
calls the text of a here-document commands.
"""

from __future__ import annotations

from guard.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DEEPEST = 8  # substitutions within substitutions
_OPERATORS = ("&&", "||", ";;&", ";;", ";&", ";", "|&", "|", "&", "(", ")", "\n")
_REDIRECTS = ("<<<", "<<-", "<<", "&>>", "&>", ">>", ">|", ">&", "<&", "<>", ">", "<")
_WRITING = ("&>>", "&>", ">>", ">|", ">", "<>", ">&")
_CONTINUED = "\\\n"  # a line that goes on (2.2.1)
_ENDS_WORD = frozenset(" \t\r\n;&|()<>")
_RESERVED = frozenset("if then elif else fi for while until do done case esac select function in time ! { }".split())


class Word(NamedTuple):
    """One word. `sure` tells that it is this text whatever the shell's state; of an unsure one `text` is what is certain in front."""

    text: str
    sure: bool = True


class Command(NamedTuple):
    """One simple command: the assignments in front of it, its words, and the files that its redirections write.

    `changed` tells that a `cd` in front of it, or one whose target is not sure, leaves open where it runs; `directory` is where the
    sure ones lead, from where the shell starts.
    """

    assignments: tuple[tuple[str, Word], ...] = ()
    words: tuple[Word, ...] = ()
    writes: tuple[Word, ...] = ()
    directory: str = ""
    changed: bool = False


class _Step(NamedTuple):
    """A command, the operator behind it, and the lists of commands in its substitutions."""

    command: Command
    operator: str
    inner: tuple[tuple[_Step, ...], ...]


def commands_in(text: str) -> Iterator[Command]:
    """Yield the simple commands of `text` in order, those inside of substitutions before the one around them."""
    return _placed(_Reader(text, 0).steps(), "", changed=False)


def _placed(steps: Iterable[_Step], directory: str, *, changed: bool) -> Iterator[Command]:
    """Say of each command where it runs: a `cd` counts for what follows, one between brackets or in a substitution only there."""
    places = [(directory, changed)]
    for step in steps:
        here, moved = places[-1]
        for inner in step.inner:
            yield from _placed(inner, here, changed=moved)
        if step.command.words or step.command.assignments or step.command.writes:
            yield step.command._replace(directory=here, changed=moved)
        places[-1] = _after_cd(step.command, here, changed=moved)
        if step.operator == "(":
            places.append(places[-1])
        elif step.operator == ")" and len(places) > 1:
            places.pop()


def _after_cd(command: Command, directory: str, *, changed: bool) -> tuple[str, bool]:
    """Where the shell is after a command: only `cd DIRECTORY` and `pushd DIRECTORY` move it."""
    words = command.words
    if not words or words[0].text not in ("cd", "pushd", "popd"):
        return directory, changed
    targets = [word for word in words[1:] if word.text != "--"]
    if len(targets) != 1 or not targets[0].sure or targets[0].text in ("", "-") or targets[0].text.startswith("~"):
        return directory, True
    target = targets[0].text
    return (target if target.startswith("/") or not directory else f"{directory}/{target}"), changed and not target.startswith("/")


class _Reader:
    """Reads a text from left to right; what stands in substitutions is kept aside."""

    def __init__(self, text: str, depth: int) -> None:
        self._text = text
        self._at = 0
        self._depth = depth
        self._inner: list[tuple[_Step, ...]] = []
        self._heredocs: list[tuple[str, bool, bool]] = []  # delimiter, tabs stripped, expanded

    def taken(self) -> tuple[tuple[_Step, ...], ...]:
        """Give the substitutions read since the last call."""
        inner, self._inner = self._inner, []
        return tuple(inner)

    def steps(self, *, nested: bool = False) -> Iterator[_Step]:
        """Yield each simple command; a `nested` list ends with the bracket that closes it."""
        opened = 0
        while self._at < len(self._text):
            command, operator = self._command()
            yield _Step(command, operator, self.taken())
            if operator == "\n" and self._heredocs:
                self._skip_heredocs()
                yield _Step(Command(), "\n", self.taken())
            if operator == ")" and nested and not opened:
                return
            opened += (operator == "(") - (operator == ")")

    def _command(self) -> tuple[Command, str]:
        """Read one simple command and the operator that ends it."""
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        writes: list[Word] = []
        operator = ""
        while self._at < len(self._text) and not operator:
            self._skip_blanks()
            redirect = self._operator(_REDIRECTS)
            if redirect:
                writes += self._redirect(redirect)
                continue
            operator = self._operator(_OPERATORS)
            if operator or self._at >= len(self._text):
                break
            word = self._word()
            name, equals, _ = word.text.partition("=")
            if word.text.isdigit() and self._text[self._at : self._at + 1] in ("<", ">"):
                continue  # the number of a descriptor
            if not words and equals and name.isidentifier() and name.isascii():
                assignments.append((name, Word(word.text[len(name) + 1 :], word.sure)))
            elif words or word.text not in _RESERVED:
                words.append(word)
        return Command(tuple(assignments), tuple(words), tuple(writes)), operator

    def _skip_blanks(self) -> None:
        while self._text[self._at : self._at + 1] in (" ", "\t", "\r") or self._text.startswith(_CONTINUED, self._at):
            self._at += 2 if self._text[self._at] == "\\" else 1
        if self._text[self._at : self._at + 1] == "#":
            end = self._text.find("\n", self._at)
            self._at = len(self._text) if end < 0 else end

    def _operator(self, operators: tuple[str, ...]) -> str:
        found = next((one for one in operators if self._text.startswith(one, self._at)), "")
        if found in ("<", ">") and self._text.startswith("(", self._at + 1):  # `<(…)` is a word
            return ""
        self._at += len(found)
        return found

    def _redirect(self, operator: str) -> list[Word]:
        self._skip_blanks()
        if operator in ("<<", "<<-"):
            start = self._at
            delimiter = self._word().text
            quoted = any(char in self._text[start : self._at] for char in "'\"\\")
            self._heredocs.append((delimiter, operator == "<<-", not quoted))
            return []
        target = self._word()
        is_file = operator in _WRITING and not (operator == ">&" and (target.text.rstrip("-").isdigit() or target.text == "-"))
        return [target] if is_file else []

    def _skip_heredocs(self) -> None:
        """Pass over the bodies of the here-documents that this line announced; what is substituted in one does run."""
        for delimiter, stripped, expanded in self._heredocs:
            body: list[str] = []
            while self._at < len(self._text):
                end = self._text.find("\n", self._at)
                end = len(self._text) if end < 0 else end
                line = self._text[self._at : end]
                self._at = end + 1
                if (line.lstrip("\t") if stripped else line) == delimiter:
                    break
                body.append(line)
            if expanded:
                self._expand("\n".join(body))
        self._heredocs = []

    def _word(self) -> Word:
        parts: list[str] = []
        sure, cut = True, ""
        while self._at < len(self._text):
            char = self._text[self._at]
            if char in _ENDS_WORD and not (char in "<>" and self._text.startswith("(", self._at + 1)):
                break
            text, known = self._piece(char)
            if sure and not known:
                cut = "".join(parts)
            sure = sure and known
            parts.append(text)
        return Word("".join(parts)) if sure else Word(cut, sure=False)

    def _piece(self, char: str) -> tuple[str, bool]:
        """One part of a word, and whether it is known."""
        self._at += 1
        if char == "'":
            return self._until("'"), True
        if char == '"':
            return self.quoted('"')
        if char == "\\":
            self._at += 1
            escaped = self._text[self._at - 1 : self._at]
            return "" if escaped == "\n" else escaped, True
        if char in "$`<>":
            return self._expansion(char)
        if char in "~{":  # a home directory in front, and alternatives between braces; alone they are nothing special
            return char, not self._is_special(char)
        return char, char not in "*?["

    def _is_special(self, char: str) -> bool:
        if char == "{":
            return self._text[self._at : self._at + 1] not in ("", *_ENDS_WORD)
        return self._at < 2 or self._text[self._at - 2] in _ENDS_WORD | {"=", ":"}

    def _expansion(self, char: str) -> tuple[str, bool]:
        """What a dollar sign, a backquote or `<(` begins, behind it. A dollar sign in front of nothing stands for itself."""
        following = self._text[self._at : self._at + 1]
        if char == "`":
            self._inner.append(tuple(_Reader(self._until("`").replace("\\`", "`"), self._depth + 1).steps()))
            return "", False
        if following == "(":
            self._at += 1
            self._substitution()
            return "", False
        if char == "$" and following == "'":
            self._at += 1
            text = self._until("'", escaped=True)
            return text, "\\" not in text
        if char == "$" and following == "{":
            self._at += 1
            self._expand(self._braced())
            return "", False
        if char == "$" and (following.isalnum() or following in tuple("_@*#?-$!")):
            self._at += 1
            while self._text[self._at : self._at + 1].isalnum() or self._text[self._at : self._at + 1] == "_":
                self._at += 1
            return "", False
        return char, True

    def _substitution(self) -> None:
        """Read the commands up to the bracket that closes `$(` or `<(`. Too deep a nesting is not read any further."""
        if self._depth >= _DEEPEST:
            self._at = len(self._text)
            return
        kept, heredocs = self._inner, self._heredocs
        self._inner, self._heredocs = [], []
        self._depth += 1
        steps = tuple(self.steps(nested=True))
        self._depth -= 1
        self._inner, self._heredocs = [*kept, steps], heredocs

    def _expand(self, text: str) -> None:
        """Keep the substitutions of a text that is expanded as between double quotes."""
        if self._depth < _DEEPEST and ("`" in text or "$(" in text):
            inside = _Reader(text, self._depth + 1)
            inside.quoted("")
            self._inner += inside.taken()

    def _braced(self) -> str:
        """The text up to the brace that closes `${`."""
        start, depth = self._at, 1
        while self._at < len(self._text) and depth:
            depth += (self._text[self._at] == "{") - (self._text[self._at] == "}")
            self._at += 2 if self._text[self._at] == "\\" else 1
        return self._text[start : self._at - 1]

    def quoted(self, end: str) -> tuple[str, bool]:
        """Read on to the closing double quote (or the end of the text): the text, and whether it is known."""
        parts: list[str] = []
        sure = True
        while self._at < len(self._text):
            char = self._text[self._at]
            self._at += 1
            if char == end:
                break
            if char == "\\" and self._text[self._at : self._at + 1] in tuple('$`"\\\n'):
                char = self._text[self._at].strip("\n")
                self._at += 1
            elif char in "$`" and not (char == "$" and self._text[self._at : self._at + 1] == "'"):
                char, known = self._expansion(char)
                sure = sure and known
            parts.append(char)
        return "".join(parts), sure

    def _until(self, end: str, *, escaped: bool = False) -> str:
        """The text up to `end`, which is passed over; with `escaped` (and in backquotes) a backslash keeps it from ending there."""
        start = self._at
        while self._at < len(self._text) and self._text[self._at] != end:
            self._at += 2 if self._text[self._at] == "\\" and (escaped or end == "`") else 1
        self._at += 1
        return self._text[start : self._at - 1]
