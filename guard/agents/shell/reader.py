"""The simple commands in a shell's text, as far as they can be read without running it.

It follows the token recognition of POSIX (Shell Command Language, 2.2 to 2.4 and 2.7) with what bash adds that is common: `$'…'`, `|&`,
`&>`, `<<<` and `<(…)`. What only a running shell knows (variables, globs, what a substitution prints) makes a word unsure, and nothing is
ever concluded from an unsure word. `shlex` cannot be used: it knows no here-documents, substitutions or operators inside of words, and
calls the text of a here-document commands.
"""

from __future__ import annotations

from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 8  # substitutions within substitutions
_OPERATORS = ("&&", "||", ";;&", ";;", ";&", ";", "|&", "|", "&", "(", ")", "\n")
_REDIRECTS = ("<<<", "<<-", "<<", "&>>", "&>", ">>", ">|", ">&", "<&", "<>", ">", "<")
_WRITING = ("&>>", "&>", ">>", ">|", ">", "<>", ">&")
_CONTINUED = "\\\n"  # a line that goes on (2.2.1)
_EXPANDED = frozenset("$`\\")  # what a here-document without quotes has the shell work out (2.7.4)
_ENDS_WORD = frozenset(" \t\r\n;&|()<>")
_RESERVED = frozenset(
    "if then elif else fi for while until do done case esac select function in time ! { }".split()
)


class Word(NamedTuple):
    """One word. `sure` tells that it is this text whatever the shell's state; of an unsure one `text` is what is certain in front.

    `home` tells that it begins with a `~` that stands for the home directory.
    """

    text: str
    sure: bool = True
    home: bool = False

    def path(self) -> str:
        """The text as the path of a file, in which a `~` in front always stands for the home directory."""
        return f"./{self.text}" if self.text.startswith("~") and not self.home else self.text


class Command(NamedTuple):
    """One simple command: the assignments in front of it, its words, and the files that its redirections write.

    `changed` tells that a `cd` in front of it, or one whose target is not sure, leaves open where it runs; `directory` is where the
    sure ones lead, from where the shell starts. `given` is the text of its here-document or here-string, "" where that is not sure.
    """

    assignments: tuple[tuple[str, Word], ...] = ()
    words: tuple[Word, ...] = ()
    writes: tuple[Word, ...] = ()
    directory: str = ""
    changed: bool = False
    given: str = ""


class Step(NamedTuple):
    """A command, the operator behind it, the lists of commands in its substitutions, and how many here-documents it announces."""

    command: Command
    operator: str
    inner: tuple[tuple[Step, ...], ...]
    announced: int = 0


class Reader:
    """Reads a text from left to right; what stands in substitutions is kept aside."""

    def __init__(self, text: str, depth: int) -> None:
        self._text = text
        self._at = 0
        self._depth = depth
        self._inner: list[tuple[Step, ...]] = []
        self._heredocs: list[tuple[str, bool, bool]] = []  # delimiter, tabs stripped, expanded

    def taken(self) -> tuple[tuple[Step, ...], ...]:
        """Give the substitutions read since the last call."""
        inner, self._inner = self._inner, []
        return tuple(inner)

    def steps(self, *, nested: bool = False) -> Iterator[Step]:
        """Yield each simple command; a `nested` list ends with the bracket that closes it."""
        opened = 0
        line: list[Step] = []  # those whose here-documents are still to come
        while self._at < len(self._text):
            announced = len(self._heredocs)
            command, operator = self._command()
            line.append(Step(command, operator, self.taken(), len(self._heredocs) - announced))
            if operator == "\n" and self._heredocs:
                line = [
                    *_supplied(line, self._heredoc_bodies()),
                    Step(Command(), "\n", self.taken()),
                ]
            closed = operator == ")" and nested and not opened
            if closed or not self._heredocs:
                yield from line
                line = []
            if closed:
                return
            opened += (operator == "(") - (operator == ")")
        yield from line

    def _command(self) -> tuple[Command, str]:
        """Read one simple command and the operator that ends it."""
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        writes: list[Word] = []
        operator = given = ""
        while self._at < len(self._text) and not operator:
            self._skip_blanks()
            redirect = self._operator(_REDIRECTS)
            if redirect:
                target, is_file = self._redirect(redirect)
                writes += [target] if is_file else []
                given = f"{target.text}\n" if redirect == "<<<" and target.sure else given
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
        return Command(tuple(assignments), tuple(words), tuple(writes), given=given), operator

    def _skip_blanks(self) -> None:
        while self._text[self._at : self._at + 1] in (" ", "\t", "\r") or self._text.startswith(
            _CONTINUED, self._at
        ):
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

    def _redirect(self, operator: str) -> tuple[Word, bool]:
        """Read what a redirection leads to; tell whether that is a file which it writes."""
        self._skip_blanks()
        start = self._at
        target = self._word()
        if operator in ("<<", "<<-"):
            quoted = any(char in self._text[start : self._at] for char in "'\"\\")
            self._heredocs.append((target.text, operator == "<<-", not quoted))
        return target, operator in _WRITING and not (
            operator == ">&" and (target.text.rstrip("-").isdigit() or target.text == "-")
        )

    def _heredoc_bodies(self) -> list[str]:
        """Read the here-documents that this line announced: their texts, "" for one that is not sure. What is substituted does run."""
        bodies = []
        for delimiter, stripped, expanded in self._heredocs:
            lines: list[str] = []
            while self._at < len(self._text):
                end = self._text.find("\n", self._at)
                end = len(self._text) if end < 0 else end
                line = self._text[self._at : end]
                line = line.lstrip("\t") if stripped else line
                self._at = end + 1
                if line == delimiter:
                    break
                lines.append(line)
            body = "".join(f"{line}\n" for line in lines)
            if expanded:
                self._expand(body)
            bodies.append("" if expanded and not _EXPANDED.isdisjoint(body) else body)
        self._heredocs = []
        return bodies

    def _word(self) -> Word:
        parts: list[str] = []
        sure, cut = True, ""
        home = self._text.startswith("~/", self._at)
        if home:
            parts.append("~")
            self._at += 1
        while self._at < len(self._text):
            char = self._text[self._at]
            if char in _ENDS_WORD and not (
                char in "<>" and self._text.startswith("(", self._at + 1)
            ):
                break
            text, known = self._piece(char)
            if sure and not known:
                cut = "".join(parts)
            sure = sure and known
            parts.append(text)
        return Word("".join(parts), home=home) if sure else Word(cut, sure=False, home=home)

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
        if (
            char in "~{"
        ):  # a home directory in front, and alternatives between braces; alone they are nothing special
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
            self._inner.append(
                tuple(Reader(self._until("`").replace("\\`", "`"), self._depth + 1).steps())
            )
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
            while (
                self._text[self._at : self._at + 1].isalnum()
                or self._text[self._at : self._at + 1] == "_"
            ):
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
        kept.append(steps)
        self._inner, self._heredocs = kept, heredocs

    def _expand(self, text: str) -> None:
        """Keep the substitutions of a text that is expanded as between double quotes."""
        if self._depth < _DEEPEST and ("`" in text or "$(" in text):
            inside = Reader(text, self._depth + 1)
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


def _supplied(steps: list[Step], bodies: list[str]) -> Iterator[Step]:
    """The commands of a line with their here-documents: of several the last one is what a command reads."""
    for step in steps:
        own, bodies = bodies[: step.announced], bodies[step.announced :]
        yield step._replace(command=step.command._replace(given=own[-1])) if own else step
