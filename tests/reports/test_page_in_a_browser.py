"""The page of `guard status --html` in a real browser: what is seen, heard, reached and asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request

from guard.reports.page import render
from tests.browser import MISSING, chromium, executable
from tests.reports.test_page import HOSTILE, made

WIDE, NARROW = 1280, 400
PROGRAM = executable()
pytestmark = pytest.mark.skipif(not PROGRAM, reason=MISSING)

# What a browser tells: elements that lie on each other, text that leaves its box, and text that
# is hard to read on what lies behind it (WCAG 2.2, 1.4.3).
LOOK = """() => {
    const apart = (one) => one && getComputedStyle(one).position === 'absolute';
    const shown = (one) => one.checkVisibility() && ![one, one.closest('thead')].some(apart);
    const block = (one) => !['inline', 'contents'].includes(getComputedStyle(one).display);
    const label = (one) => one.outerHTML.slice(0, 120);
    const found = [];
    const all = [...document.body.querySelectorAll('*')].filter(shown);
    for (const one of all) {
        const inner = [...one.children].filter((child) => shown(child) && block(child));
        const boxes = inner.map((child) => child.getBoundingClientRect());
        if (one.closest('svg')) continue;
        const place = one.getBoundingClientRect();
        const out = place.left < 0 || place.right > innerWidth;
        if (out && place.width) found.push('out of the window: ' + label(one));
        for (let a = 0; a < boxes.length; a++) for (let b = 0; b < a; b++) {
            const [p, q] = [boxes[a], boxes[b]];
            const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
            const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
            if (wide > 1 && high > 1) found.push('overlap: ' + label(inner[a]));
        }
        const leaks = block(one) && one.clientWidth && one.scrollWidth > one.clientWidth + 1;
        if (leaks && !one.matches('.scroll')) found.push('too wide: ' + label(one));
    }
    for (const words of document.querySelectorAll('svg text')) {
        const box = words.getBBox(), room = words.ownerSVGElement.viewBox.baseVal;
        if (box.x < 0 || box.x + box.width > room.width) found.push('cut: ' + label(words));
    }
    const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = (text) => {
        const [r, g, b] = rgb(text).slice(0, 3).map((value) => value / 255)
            .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (one) => {
        for (; one; one = one.parentElement) {
            const back = getComputedStyle(one).backgroundColor;
            if (rgb(back)[3] !== 0) return back;
        }
    };
    for (const one of all.filter((each) => !each.closest('svg') && each.textContent.trim())) {
        const [a, b] = [light(getComputedStyle(one).color), light(behind(one))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) found.push('pale ' + ratio.toFixed(1) + ': ' + label(one));
    }
    return found;
}"""
FOCUSED = "(() => { const one = document.activeElement; "
FOCUSED += "return [one.outerHTML, getComputedStyle(one).outline] })()"
UNFOLD = "() => document.querySelectorAll('details').forEach((one) => { one.open = true })"


class Opened:
    """The page in a tab; `asked` are the addresses that it wanted, `said` what the console has."""

    def __init__(self, tab: Page, file: Path) -> None:
        self.tab = tab
        self.asked: list[str] = []
        self.said: list[str] = []
        tab.on("request", self._ask)
        tab.on("requestfailed", lambda one: self.said.append(f"{one.url} {one.failure}"))
        tab.on("console", lambda one: self.said.append(one.text))
        tab.on("pageerror", lambda one: self.said.append(str(one)))
        tab.add_init_script(
            "addEventListener('securitypolicyviolation', (one) => console.error(one.blockedURI))"
        )
        tab.goto(file.as_uri())

    def _ask(self, request: Request) -> None:
        self.asked.append(request.url)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all."""
    assert PROGRAM
    with chromium(PROGRAM) as running:
        yield running


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page full of names that would like to be markup."""
    path = tmp_path_factory.mktemp("page") / "status.html"
    path.write_text(render(made(HOSTILE)), "utf-8")
    return path


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_it_looks_right_and_asks_for_nothing(
    browser: Browser, file: Path, width: int, scheme: str
) -> None:
    """Wide and narrow, light and dark: nothing overlaps, leaks, is pale or loaded."""
    with browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    ) as context:
        opened = Opened(context.new_page(), file)
        tab = opened.tab
        tab.evaluate(UNFOLD)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.evaluate(LOOK) == []
        back = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (back == "rgb(255, 255, 255)") == (scheme == "light")
        assert tab.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
        assert tab.screenshot(full_page=True).startswith(b"\x89PNG")
        assert tab.evaluate("document.scripts.length") == 0
        assert (opened.asked, opened.said) == ([file.as_uri()], [])


def test_the_policy_is_in_force(browser: Browser, file: Path) -> None:
    """What somebody would slip into the page is not run, styled or loaded: the browser says so."""
    slipped = file.with_name("slipped.html")
    more = "<script>x = 1</script><style>*{}</style><p style='color:red'><img src='http://[::1]/'>"
    slipped.write_text(file.read_text("utf-8").replace("</body>", f"{more}</body>"), "utf-8")
    with browser.new_context() as context:
        opened = Opened(context.new_page(), slipped)
        opened.tab.wait_for_load_state()
        assert opened.tab.evaluate("typeof x") == "undefined"
        assert "http://[::1]/ csp" in opened.said  # what Chromium itself did not let out
        assert len([one for one in opened.said if "Content Security Policy" in one]) == 4


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_screen_reader_hears_its_parts(browser: Browser, file: Path, width: int) -> None:
    """Headings, landmarks, tables with their headings, and a picture with a name, in any width."""
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        tab = Opened(context.new_page(), file).tab
        assert tab.get_by_role("heading", level=1).count() == 1
        assert tab.get_by_role("heading", level=2).all_inner_texts() == [
            "Needs somebody",
            "Who meets whom",
            "Merge order",
            "Sessions",
            "Contracts that overlap",
            "Stray work",
        ]
        assert tab.get_by_role("navigation", name="On this page").count() == 1
        assert tab.get_by_role("main").count() == 1
        assert tab.get_by_role("region", name="Who meets whom", exact=True).count() == 1
        assert tab.get_by_role("img", name="the table below says the same").count() == 1
        sessions = tab.get_by_role("table", name="Those that need somebody first.")
        heard = sessions.aria_snapshot()
        for words in (
            '- rowgroup:\n    - row "session state files',
            '- columnheader "state"',
            '- rowheader "n1</style>',
            '- cell "blocked"',
        ):
            assert words in heard, heard
        parts = "table, thead, tbody, tr, th, td"
        assert tab.locator(f":is({parts}):not([role])").count() == 0  # Safari needs them
        assert sessions.get_by_role("row").count() == 13
        assert sessions.get_by_role("rowheader").count() == 12


def test_a_keyboard_reaches_everything(browser: Browser, file: Path) -> None:
    """Tab goes through every link and fold in order, and is seen; Enter unfolds."""
    with browser.new_context(viewport={"width": NARROW, "height": 900}) as context:
        tab = Opened(context.new_page(), file).tab
        goals = "[...document.querySelectorAll('a, summary, .scroll')].filter((one) =>"
        goals += " one.checkVisibility())"
        wanted = tab.evaluate(f"{goals}.map((one) => one.outerHTML)")
        seen, plain = [], []
        for _ in wanted:
            tab.keyboard.press("Tab")
            html, outline = tab.evaluate(FOCUSED)
            seen.append(html)
            plain += [] if "solid 3px" in outline else [html]
        assert seen == wanted
        assert plain == []
        fold = tab.locator("#sessions summary").first
        inside = tab.locator("#session-1")
        assert not inside.is_visible()
        fold.focus()
        tab.keyboard.press("Enter")
        assert inside.is_visible()
        tab.locator("a[href='#session-2']").first.click()
        assert tab.locator("#session-2").is_visible()


def test_a_click_selects_a_command(browser: Browser, file: Path) -> None:
    """The whole of it, and nothing else, as a person copies it."""
    with browser.new_context() as context:
        tab = Opened(context.new_page(), file).tab
        tab.locator(".command").nth(1).click()
        assert tab.evaluate("String(getSelection())") == "cd p3<!-- && true"
