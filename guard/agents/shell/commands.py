"""The simple commands in the text of a shell command, in order, and the directory of each.

The reader follows POSIX (Shell Command Language, 2.2 to 2.4 and 2.7) and common additions of bash:
`$'…'`, `|&`, `&>`, `<<<` and `<(…)`. A variable, a glob or a substitution makes a word unsure, and
guard concludes nothing from it. `shlex` does not serve: it takes here-documents for commands, and
knows no substitutions and no operators inside words.
"""

from __future__ import annotations

from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_LONGEST = 1 << 12  # characters of a path (limits.h, PATH_MAX)
_DEEPEST = 8  # substitutions within substitutions
_OPERATORS = ("&&", "||", ";;&", ";;", ";&", ";", "|&", "|", "&", "(", ")", "\n")
_REDIRECTS = ("<<<", "<<-", "<<", "&>>", "&>", ">>", ">|", ">&", "<&", "<>", ">", "<")
_WRITING = ("&>>", "&>", ">>", ">|", ">", "<>", ">&")
_CONTINUED = "\\\n"  # line continuation (2.2.1)
_EXPANDED = frozenset("$`\\")  # what a shell expands in an unquoted here-document (2.7.4)
_OPERATES = frozenset("&;|()<>\n")  # what an operator or a redirection begins with
_GLOBS = frozenset("*?[{")
_ENDS_WORD = frozenset(" \t\r\n;&|()<>")
_RESERVED = frozenset(
    "if then elif else fi for while until do done case esac select function in time ! { }".split()
)


class Word(NamedTuple):
    """One word. `sure`: it has this text whatever the shell's state; else `text` is a sure prefix.

    `home`: it begins with a `~` that stands for the home directory. `glob`: as typed, quotes too,
    if only globs and braces make it unsure.
    """

    text: str
    sure: bool = True
    home: bool = False
    glob: str = ""

    def path(self) -> str:
        """The text as a path; a leading `~` stands for the home directory."""
        return f"./{self.text}" if self.text.startswith("~") and not self.home else self.text


class Command(NamedTuple):
    """One simple command: its assignments, its words, and the files that its redirections write.

    `directory` is where the earlier `cd`s lead, from where the shell starts; `changed`: one of them
    is unsure, so the directory is unknown. `given` is the here-document or here-string, "" if that
    is unsure.
    """

    assignments: tuple[tuple[str, Word], ...] = ()
    words: tuple[Word, ...] = ()
    writes: tuple[Word, ...] = ()
    directory: str = ""
    changed: bool = False
    given: str = ""


def commands_in(text: str) -> Iterator[Command]:
    """Yield the simple commands of `text`, those in a substitution before the one around it."""
    return _placed(_Reader(text, 0).items(), "", changed=False)


def name_of(words: Sequence[Word]) -> str:
    """Give the name of the program that is called, without its folder; "" if it is unsure."""
    return words[0].text.rpartition("/")[2] if words and words[0].sure else ""


def below(directory: str, path: str) -> str:
    """Give a path that is relative to `directory` as relative to where the shell starts."""
    return path if not directory or path.startswith(("/", "~")) else f"{directory}/{path}"


class _Item(NamedTuple):
    """A command, the operator after it, its substitutions, how many here-documents it has."""

    command: Command
    operator: str
    inner: tuple[tuple[_Item, ...], ...]
    announced: int = 0


def _placed(items: Iterable[_Item], directory: str, *, changed: bool) -> Iterator[Command]:
    """Give each command its directory; a `cd` in brackets or a substitution counts only there."""
    places = [(directory, changed)]
    piped = ""
    for item in items:
        command = item.command
        command = command._replace(given=command.given or piped)
        piped = _passed_on(command) if item.operator in ("|", "|&") else ""
        here, moved = places[-1]
        for inner in item.inner:
            yield from _placed(inner, here, changed=moved)
        if command.words or command.assignments or command.writes:
            yield command._replace(directory=here, changed=moved)
        places[-1] = _after_cd(command, here, changed=moved)
        if item.operator == "(":
            places.append(places[-1])
        elif item.operator == ")" and len(places) > 1:
            places.pop()


def _passed_on(command: Command) -> str:
    """What cat(1) or echo(1) writes, as in `cat <<EOF | git apply`; "" if that is not known."""
    name, rest = name_of(command.words), command.words[1:]
    if name == "cat" and all(word.text == "-" for word in rest):
        return "" if command.writes else command.given
    plain = name == "echo" and rest and all(word.sure for word in rest) and not command.writes
    return " ".join(word.text for word in rest) + "\n" if plain else ""


def _after_cd(command: Command, directory: str, *, changed: bool) -> tuple[str, bool]:
    words = command.words
    if not words or words[0].text not in ("cd", "pushd", "popd"):
        return directory, changed
    targets = [word for word in words[1:] if word.text != "--"]
    if len(targets) != 1 or not targets[0].sure or targets[0].text in ("", "-"):
        return directory, True
    target = targets[0].path()
    place = below(directory, target)
    if len(place) > _LONGEST:
        return "", True
    return place, changed and not target.startswith(("/", "~"))


class _Reader:
    def __init__(self, text: str, depth: int) -> None:
        self._text = text
        self._at = 0
        self._depth = depth
        self._inner: list[tuple[_Item, ...]] = []
        self._heredocs: list[tuple[str, bool, bool]] = []  # delimiter, tabs stripped, expanded

    def taken(self) -> tuple[tuple[_Item, ...], ...]:
        inner, self._inner = self._inner, []
        return tuple(inner)

    def items(self, *, nested: bool = False) -> Iterator[_Item]:
        """Yield each simple command; a `nested` list ends at its closing bracket."""
        opened = 0
        line: list[_Item] = []  # commands whose here-documents are not read yet
        while self._at < len(self._text):
            earlier = len(self._heredocs)
            command, operator = self._command()
            line.append(_Item(command, operator, self.taken(), len(self._heredocs) - earlier))
            if operator == "\n" and self._heredocs:
                supplied = _supplied(line, self._heredoc_bodies())
                line = [*supplied, _Item(Command(), "\n", self.taken())]
            closed = operator == ")" and nested and not opened
            if closed or not self._heredocs:
                yield from line
                line = []
            if closed:
                return
            opened += (operator == "(") - (operator == ")")
        yield from line

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _command(self) -> tuple[Command, str]:
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        writes: list[Word] = []
        operator = given = ""
        while self._at < len(self._text) and not operator:
            self._skip_blanks()
            redirect = self._operator(_REDIRECTS)
            if redirect:
                target, is_file = self._redirect(redirect)
                if is_file:
                    writes.append(target)
                if redirect == "<<<" and target.sure:
                    given = f"{target.text}\n"
                continue
            operator = self._operator(_OPERATORS)
            if operator or self._at >= len(self._text):
                break
            word = self._word()
            name, equals, value = word.text.partition("=")
            if word.text.isdigit() and self._next() in ("<", ">"):
                continue  # the number of a descriptor
            if not words and equals and name.isidentifier() and name.isascii():
                assignments.append((name, Word(value, word.sure)))
            elif words or word.text not in _RESERVED:
                words.append(word)
        return Command(tuple(assignments), tuple(words), tuple(writes), given=given), operator

    def _skip_blanks(self) -> None:
        while True:
            if self._text.startswith(_CONTINUED, self._at):
                self._at += 2
            elif self._next() in (" ", "\t", "\r"):
                self._at += 1
            else:
                break
        if self._next() == "#":
            self._at = self._line_end()

    def _line_end(self) -> int:
        end = self._text.find("\n", self._at)
        return len(self._text) if end < 0 else end

    def _operator(self, operators: tuple[str, ...]) -> str:
        if self._next() not in _OPERATES:
            return ""
        for operator in operators:
            if self._text.startswith(operator, self._at):
                if operator in ("<", ">") and self._text.startswith("(", self._at + 1):
                    return ""  # `<(…)` is a word
                self._at += len(operator)
                return operator
        return ""

    def _redirect(self, operator: str) -> tuple[Word, bool]:
        self._skip_blanks()
        start = self._at
        target = self._word()
        if operator in ("<<", "<<-"):
            quoted = any(char in self._text[start : self._at] for char in "'\"\\")
            self._heredocs.append((target.text, operator == "<<-", not quoted))
        if operator == ">&" and (target.text.rstrip("-").isdigit() or target.text == "-"):
            return target, False
        return target, operator in _WRITING

    def _heredoc_bodies(self) -> list[str]:
        """The texts of a line's here-documents, "" if unsure. Substitutions do run."""
        bodies = []
        for delimiter, stripped, expanded in self._heredocs:
            lines: list[str] = []
            while self._at < len(self._text):
                end = self._line_end()
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
        sure, cut, globs, start = True, "", True, self._at
        home = self._text.startswith("~/", self._at)
        if home:
            parts.append("~")
            self._at += 1
        while self._at < len(self._text):
            char = self._text[self._at]
            substitutes = char in "<>" and self._text.startswith("(", self._at + 1)
            if char in _ENDS_WORD and not substitutes:
                break
            text, known = self._piece(char)
            if sure and not known:
                cut = "".join(parts)
            sure = sure and known
            globs = globs and (known or char in _GLOBS)
            parts.append(text)
        if sure:
            return Word("".join(parts), sure, home)
        return Word(cut, sure, home, self._text[start : self._at] if globs else "")

    def _piece(self, char: str) -> tuple[str, bool]:
        self._at += 1
        if char == "'":
            return self._until("'"), True
        if char == '"':
            return self.quoted('"')
        if char == "\\":
            escaped = self._next()
            self._at += 1
            return "" if escaped == "\n" else escaped, True
        if char in "$`<>":
            return self._expansion(char)
        if char == "{":  # alternatives in braces; a brace alone is an ordinary character
            inside, closed, _ = self._text[self._at : self._at + _LONGEST].partition("}")
            is_one = closed != "" and inside.isalnum()  # `stash@{0}`
            return char, is_one or self._next() in ("", *_ENDS_WORD)
        if char == "~":  # a home directory at the start of a word or of a value
            return char, self._at > 1 and self._text[self._at - 2] not in _ENDS_WORD | {"=", ":"}
        return char, char not in "*?["

    def _expansion(self, char: str) -> tuple[str, bool]:
        """What follows a dollar sign, a backquote or `<(`. A dollar sign alone is literal."""
        following = self._next()
        if char == "`":
            inside = _Reader(self._until("`").replace("\\`", "`"), self._depth + 1)
            self._inner.append(tuple(inside.items()))
        elif following == "(":
            self._at += 1
            self._substitution()
        elif char == "$" and following == "'":
            self._at += 1
            text = self._until("'", escaped=True)
            return text, "\\" not in text
        elif char == "$" and following == "{":
            self._at += 1
            self._expand(self._braced())
        elif char == "$" and (following.isalnum() or following in tuple("_@*#?-$!")):
            self._at += 1
            while self._next().isalnum() or self._next() == "_":
                self._at += 1
        else:
            return char, True
        return "", False

    def _substitution(self) -> None:
        if self._depth >= _DEEPEST:
            self._at = len(self._text)
            return
        kept, heredocs = self._inner, self._heredocs
        self._inner, self._heredocs = [], []
        self._depth += 1
        kept.append(tuple(self.items(nested=True)))
        self._depth -= 1
        self._inner, self._heredocs = kept, heredocs

    def _expand(self, text: str) -> None:
        if self._depth < _DEEPEST and ("`" in text or "$(" in text):
            inside = _Reader(text, self._depth + 1)
            inside.quoted("")
            self._inner += inside.taken()

    def _braced(self) -> str:
        start, depth = self._at, 1
        while self._at < len(self._text) and depth:
            char = self._text[self._at]
            depth += (char == "{") - (char == "}")
            self._at += 2 if char == "\\" else 1
        return self._text[start : self._at - 1]

    def quoted(self, end: str) -> tuple[str, bool]:
        parts: list[str] = []
        sure = True
        while self._at < len(self._text):
            char = self._text[self._at]
            self._at += 1
            if char == end:
                break
            if char == "\\" and self._next() in tuple('$`"\\\n'):
                char = self._next().strip("\n")
                self._at += 1
            elif char in "$`" and not (char == "$" and self._next() == "'"):
                char, known = self._expansion(char)
                sure = sure and known
            parts.append(char)
        return "".join(parts), sure

    def _until(self, end: str, *, escaped: bool = False) -> str:
        """The text up to `end`; with `escaped` and in backquotes a backslash escapes it."""
        start = self._at
        while self._at < len(self._text) and self._text[self._at] != end:
            self._at += 2 if self._text[self._at] == "\\" and (escaped or end == "`") else 1
        self._at += 1
        return self._text[start : self._at - 1]


def _supplied(items: list[_Item], bodies: list[str]) -> Iterator[_Item]:
    """Give the commands of a line their here-documents; of several the last is read."""
    for item in items:
        own, bodies = bodies[: item.announced], bodies[item.announced :]
        yield item._replace(command=item.command._replace(given=own[-1])) if own else item
