"""`make pictures`: draws the pictures of docs/pictures from guard's own demo.

The terminal is SVG, the same on every machine. The page is a PNG by Chromium, where there is one.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from playwright.sync_api import FloatRect

from guard.git.plumbing import here
from guard.reports import page, status
from guard.reports.html import Html, tag, text
from guard.rules.board import Board
from guard.sessions.detail import look_closely
from guard.sessions.status import look
from tests import browser
from tests.kit import Repo, alone, toml

FOLDER = Path(__file__).parents[1] / "docs/pictures"
HOME = "/home/ada"
OID = "5f0c1b7a9e" * 4  # of the base: the demo commits at the time of the day
NOW = 1_767_366_000  # 2026-01-02 15:00 UTC
MINUTES = {
    "cart-discounts": 2,
    "order-export": 25,
    "shipping-address": 8,
    "invoices": 190,
    "loyalty": 41,
}
COLUMNS = 100
_CELL, _LINE, _PAD = 8.4, 19, 16  # pixels
_COLOURS = {"31": "#ff8a80", "32": "#74cf8a", "33": "#e8b04a", "36": "#7db7ff"}
_SGR = re.compile(r"\x1b\[[0-9;]*m")
_PARTS = re.compile(r"(\x1b\[[0-9;]*m| {2,}|^ )")  # of a line: styles, gaps and words


def main() -> int:
    """Draw both; 1 if there is no browser for the page."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        top = Path(os.path.realpath(folder))
        (top / "home").mkdir()
        for name in [name for name in os.environ if name.startswith(("GIT_", "GUARD_"))]:
            del os.environ[name]
        os.environ.update(alone(top / "home"))
        shop = build(top)
        FOLDER.joinpath("status.svg").write_text(terminal(shop), "utf-8")
        program = browser.executable()
        if not program:
            sys.stderr.write(f"pictures: those of the page are as they were: {browser.MISSING}\n")
            return 1
        photograph(shop, program)
    return 0


def build(top: Path) -> Repo:
    """Run the demo below an empty folder as far as its status, and add some sessions."""
    program = "from guard.commands import demo; demo.build('.'); "
    program += "demo.play('.', demo.SCENES[: demo.STATUS])"
    (top / "ada").mkdir()
    Repo(top / "ada").run(sys.executable, "-c", program)
    shop = Repo(top / "ada/shop")
    extra = {
        "invoices": {"goal": "Invoices as PDF.", "owner": "Barbara", "owns": ["/billing/"]},
        "loyalty": {
            "goal": "Points for each order.",
            "owner": "Radia",
            "owns": ["/web/cart.ts", "/web/checkout.ts"],
        },
        "search": {"goal": "Find orders.", "owner": "Grace", "owns": ["/find/"]},
    }
    for name, keys in extra.items():
        shop.write({f".guard/contracts/{name}.toml": toml(dict(keys))})
    shop.commit({}, "contracts: invoices, loyalty and search")
    loyalty = shop.worktree("loyalty", "feat/loyalty")
    cart, checkout = (loyalty.path / "web" / name for name in ("cart.ts", "checkout.ts"))
    cart.write_text(cart.read_text() + "export const points = (order: Order) => price(order);\n")
    checkout.write_text("import { points } from './cart';\n" + checkout.read_text())
    loyalty.commit({}, "cart: points")
    invoices = shop.worktree("invoices", "feat/invoices")
    invoices.commit({"billing/pdf.ts": "export const pdf = (order: Order) => order;\n"}, "pdf")
    invoices.guard("run", "--", "true")
    said = ("--behavior", "PDFs.", "--risks", "None: new.", "--follow-up", "None: done.")
    ran = invoices.guard("handoff", "write", *said, "--commit")
    assert ran.code == 0, ran
    shop.write({"shipping/labels.ts": "export const label = (to: Address) => to.street;\n"})
    return shop


def terminal(shop: Repo) -> str:
    """Give the screen as SVG."""
    with _there(shop):
        board = _fixed(look(here()), shop)
    told = status.render(board, width=COLUMNS, colour=True).splitlines()
    lines = ["\x1b[1m$ guard status\x1b[0m", *(row for line in told for row in _rows(line))]
    columns = max(len(_SGR.sub("", line)) for line in lines)
    width, height = round(columns * _CELL) + 2 * _PAD, len(lines) * _LINE + 2 * _PAD
    drawn = [tag("rect", width="100%", height="100%", rx="8", fill="#14171a")]
    for number, line in enumerate(lines):
        drawn += _drawn(line, _PAD + number * _LINE + 14)
    image = tag(
        "svg",
        tag("title", text("The output of guard status in a terminal")),
        *(Html(f"\n{one}") for one in drawn),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        width=str(width),
        height=str(height),
        font_family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
        font_size="14",
        fill="#e4e7ea",
    )
    return f"{image}\n"


def photograph(shop: Repo, program: str) -> None:
    """Take pictures of the page: its beginning, and who meets whom."""
    with _there(shop):
        detail = look_closely(here())
    written = page.render(detail._replace(board=_fixed(detail.board, shop)))
    with browser.chromium(program) as running:
        sheet = running.new_page(viewport={"width": 1000, "height": 700})
        sheet.set_content(written)
        below = sheet.locator("#meets").bounding_box()
        assert below
        clip = FloatRect(x=0, y=0, width=1000, height=below["y"])
        sheet.screenshot(path=FOLDER / "page.png", clip=clip, full_page=True)
        sheet.locator("#meets").screenshot(path=FOLDER / "meets.png")


def _rows(line: str) -> Iterator[str]:
    """A line as a terminal shows it, in several where it is longer than one."""
    styles = sum(map(len, _SGR.findall(line)))  # a long line has them at its beginning alone
    while len(line) - styles > COLUMNS:
        yield line[: COLUMNS + styles]
        line, styles = line[COLUMNS + styles :], 0
    yield line


def _drawn(line: str, y: int) -> Iterator[Html]:
    """The parts of a line, each in its colour and just as wide as its cells."""
    column, style = 0, ""
    for at, part in enumerate(_PARTS.split(line)):
        if at % 2 and part.startswith("\x1b"):
            style = part[2:-1]
            continue
        words = part.strip(" ")
        x = _PAD + (column + len(part) - len(part.lstrip(" "))) * _CELL
        column += len(part)
        if words:
            codes = style.split(";")
            colour = next((_COLOURS[one] for one in codes if one in _COLOURS), "")
            more = {"fill": colour} if colour else {}
            more |= {"font_weight": "700"} if "1" in codes else {}
            more |= {"fill_opacity": ".6"} if "2" in codes else {}
            length = f"{len(words) * _CELL:.1f}"
            yield tag("text", text(words), x=f"{x:.1f}", y=str(y), textLength=length, **more)


@contextmanager
def _there(shop: Repo) -> Iterator[None]:
    """Be in the repository at one time."""
    before = Path.cwd()
    os.chdir(shop.path)
    try:
        with patch("time.time", return_value=NOW):
            yield
    finally:
        os.chdir(before)


def _fixed(board: Board, shop: Repo) -> Board:
    """The board with one base, in Ada's home, and its sessions so many minutes old."""
    rows = []
    for row in board.rows:
        party = row.party
        if row.name in MINUTES:
            party = party._replace(active=NOW - 60 * MINUTES[row.name])
        rows.append(row._replace(party=party))
    fixed = board._replace(rows=tuple(rows), oid=OID)
    moved = _moved(fixed, str(shop.path.parent))
    assert isinstance(moved, Board)
    return moved


def _moved(value: object, top: str) -> object:
    """The same value with another folder in its texts."""
    if isinstance(value, str):
        return value.replace(top, HOME)
    if isinstance(value, tuple):
        make = getattr(value, "_make", tuple)
        return make(_moved(part, top) for part in value)
    return value


if __name__ == "__main__":
    sys.exit(main())
