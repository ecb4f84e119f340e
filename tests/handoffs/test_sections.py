"""Which words name a section, and which do not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guard.handoffs.parse import parse_handoff
from guard.handoffs.sections import SECTIONS, keys_named, template
from guard.handoffs.wording import folded

SCHEMA = Path(__file__).parents[2] / "guard/reports/schemas/handoff.json"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Handoff",
        "Handoff: tests",
        "Notes",
        "Why",
        "Riskless",
        "Nextcloud",
        "Checkout",
        "3 files changed, 10 insertions(+), 2 deletions(-)",
        "Files reviewed, not changed",
        "Unchanged files",
        ":test_tube: Design",
        "x" * 100 + " files changed",
    ],
)
def test_other_headings_name_nothing(text: str) -> None:
    """A title, git's counts, files that did not change and other words are no section."""
    assert keys_named(text) == ()


HEADINGS = {
    "files": "FILES CHANGED|Changed Files (required)|1. Files changed|📁 Files Changed|Files — 12|"
    "Files Modified in This Session|Files modified or created|Test files|Ｆｉｌｅｓ ｃｈａｎｇｅｄ|"
    "Geänderte Dateien|Fichiers modifiés|Archivos modificados|Arquivos alterados|変更したファイル|"
    "修改的文件",
    "behavior": "Behaviour changed|Summary|What changed?|What I changed|User-facing impact|Changes|"
    "Verhaltensänderungen|Changements de comportement|Cambios de comportamiento|"
    "Mudanças de comportamento|動作の変更|行为变更",
    "commands": "Commands I ran|Test plan|✅ Verification|How did you verify your code works?|"
    ":white_check_mark: Checks|Testing and validation|Ausgeführte Befehle|Commandes exécutées|"
    "Comandos ejecutados|Pruebas|Comandos executados|実行したコマンド|测试",
    "risks": "Residual risk|Regression risks|Remaining risks|Known limitations|Caveats|"
    "Bekannte Probleme|Risques connus|Riesgos conocidos|Riscos conhecidos|既知のリスク|已知风险",
    "follow_up": "Follow-ups|Follow-up issues|Next action|Recommended next steps|TODO|To-dos|"
    "What's next?|Remaining work|Nächste Schritte|Naechste Schritte|Prochaines étapes|"
    "Próximos pasos|Próximos passos|フォローアップ|后续工作",
    "risks follow_up": "Known risks / follow-up work|Risks & next steps|Risiken und Folgen",
}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        *((section.title, section.key) for section in SECTIONS),
        *((text, keys) for keys, texts in HEADINGS.items() for text in texts.split("|")),
    ],
)
def test_usual_names_are_known(text: str, keys: str) -> None:
    """The first listed word decides: in seven languages, numbered, counted, decorated, accented."""
    assert keys_named(text) == tuple(keys.split())


def test_each_word_names_one_section() -> None:
    """No word of the table stands in two sections, however it is folded."""
    words = [folded(word) for section in SECTIONS for word in section.words]
    twice = {word for word in words if words.count(word) > 1}
    assert twice == set()


def test_template_parser_and_schema_have_the_same_sections() -> None:
    """What the template shows is what the parser finds and the schema describes, in one order."""
    keys = [section.key for section in SECTIONS]
    assert list(parse_handoff(template("web")).sections) == keys
    properties = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"]
    assert isinstance(properties, dict)
    assert list(properties["sections"]["properties"]) == keys
    assert parse_handoff(template("web")).title == "web"
