"""Which shared groups fit which repository, and how a policy is written and extended."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

import pytest

from guard.commands.init import catalogue
from guard.contracts.draft import toml_string
from guard.contracts.parse import parse_policy
from guard.contracts.starter import (
    Commit,
    ProposedGroup,
    ProposedLine,
    counted_in,
    extend_policy,
    missing_lines,
    propose,
    write_policy,
)
from guard.core.errors import ContractError
from guard.core.patch import patch
from guard.git.plumbing import at
from guard.git.recent import recent_commits
from guard.patterns import PatternSet
from tests.kit import Repo

CATALOGUE = catalogue()
FILLER = [f"src/part{number % 7}/file{number}.x" for number in range(60)]
META, LOCKS, PARTS = "package-metadata", "lock-files", "workspace"
GEN, TYPES, FIX, ROUTES = "generated", "types", "fixtures", "routes"
LOG, CI = "changelog", "ci"


def groups(paths: list[str]) -> dict[str, list[str]]:
    """Give the patterns, by group, that are proposed for these files among some others."""
    return {
        proposal.name: [line.pattern for line in proposal.lines]
        for proposal in propose(paths + FILLER, CATALOGUE)
        if proposal.lines
    }


def many(form: str, number: int) -> list[str]:
    """Give paths from a form with a `#` in it."""
    return [form.replace("#", str(index)) for index in range(number)]


@pytest.mark.parametrize(
    "paths",
    [
        [],
        [
            "README.md",
            "Makefile",
            "LICENSE",
            ".editorconfig",
        ],
        ["examples/a/package.json", "examples/a/package-lock.json"],
        ["docs/package.json", "docs/conf.py", "docs/requirements.txt"],
        ["vendor/github.com/a/b/go.mod", "third_party/x/Cargo.toml", "tools/go.mod"],
        ["test/fixtures/app/package.json", "tests/data/pyproject.toml"],
        ["a/b/c/package.json"],  # so deep that it concerns one part only
        many("services/s#/go.mod", 9),  # each service has sessions of its own
        many("src/P#/P#.csproj", 9) + many("src/P#/Program.cs", 9),
        [*many("features/f#/types.ts", 9), *many("features/f#/types/index.ts", 9)],
        many("src/routes/r#/+page.svelte", 9),
        many("app/r#/page.tsx", 9) + many("app/r#/layout.tsx", 9),
        many("apps/a#/urls.py", 9) + many("apps/a#/middleware.py", 9),
        many("apps/a#/models.py", 9),
        many("tests/fixtures/f#.json", 9),  # without suites nobody shares them
        ["tests/fixtures/a.json", "tests/test_one.py"],
        [
            "pkg/a/testdata/x.golden",
            "pkg/a/a_test.go",
            "pkg/a/b_test.go",
        ],  # in Go a package is one suite
        many("proto/p#.proto", 40),  # a repository of schemas: there, they are the work
        [*many("include/lib/h#.hpp", 40), "CMakeLists.txt.in"],
        [
            "fixtures/seed.json",
            "spec/a_spec.rb",
            "spec/b_spec.rb",
        ],  # what the program starts from, not its tests
        ["src/router/README.md", "internal/xds/router/router.go"],
        ["db/schema.rb"],  # no Rails here
        ["proto/gen/openapi.yaml"],  # made from something else
        ["internal/generated/about.go"],  # in Go a generated file says so itself
        ["lib/urls.py", "lib/settings.py"],  # a library for Django, not a project
        [
            "maven-tests/pom.xml",
            "deps/a/CMakeLists.txt",
            "utils/b/requirements.txt",
            "site/package.json",
        ],
        ["src/api/openapi/handler.ts", "src/proto.py"],
    ],
)
def test_nothing_is_proposed_without_need(paths: list[str]) -> None:
    """What belongs to one part, to tests, to examples or to others is no shared file."""
    assert groups(paths) == {}


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (
            "package.json package-lock.json tsconfig.json",
            {META: "/package.json /tsconfig.json", LOCKS: "/package-lock.json"},
        ),
        (
            "package.json yarn.lock .yarnrc.yml",
            {META: "/package.json /.yarnrc.yml", LOCKS: "/yarn.lock"},
        ),
        ("package.json .yarnrc.yml", {META: "/package.json /.yarnrc.yml", LOCKS: "/yarn.lock"}),
        ("package.json bun.lock", {META: "/package.json", LOCKS: "/bun.lock"}),
        ("deno.json deno.lock", {META: "/deno.json", LOCKS: "/deno.lock"}),
        (
            (
                "package.json pnpm-workspace.yaml turbo.json "
                "packages/a/package.json packages/b/package.json"
            ),
            {
                META: "/package.json /pnpm-workspace.yaml /turbo.json",
                LOCKS: "/pnpm-lock.yaml",
                PARTS: "/packages/*/package.json",
            },
        ),
        (
            "Cargo.toml crates/a/Cargo.toml crates/b/Cargo.toml crates/b/CHANGELOG.md",
            {META: "/Cargo.toml", PARTS: "/crates/*/Cargo.toml"},
        ),
        (
            "App.sln src/A/A.csproj src/B/B.csproj tests/A.Tests/A.Tests.csproj",
            {META: "/App.sln /src/A/A.csproj /src/B/B.csproj", PARTS: "*.csproj"},
        ),
        (
            "CHANGELOG.md docs/news.rst a/x/CHANGELOG.md a/y/CHANGELOG.md .changeset/one.md NEWS",
            {LOG: "/CHANGELOG.md /NEWS /docs/news.rst /a/*/CHANGELOG.md"},
        ),
        (
            ".github/workflows/ci.yml .github/CODEOWNERS Jenkinsfile .gitlab-ci.yml",
            {CI: "/.github/workflows/ /.gitlab-ci.yml /Jenkinsfile"},
        ),
        (
            "spec/factories/a.rb spec/models/a_spec.rb spec/requests/a_spec.rb",
            {FIX: "/spec/factories/"},
        ),
        ("spec/factories/a.rb spec/models/a_spec.rb spec/models/b_spec.rb", {}),
        (
            "web/package.json web/package-lock.json api/pyproject.toml api/uv.lock",
            {
                META: "/web/package.json /api/pyproject.toml",
                LOCKS: "/web/package-lock.json /api/uv.lock",
            },
        ),
        (
            "package.json packages/api-types/src/index.ts libs/shared/product/types/p.ts",
            {META: "/package.json", TYPES: "/packages/api-types/ /libs/shared/product/types/"},
        ),
        (
            "package.json src/types/a.ts src/global.d.ts src/db/schema.ts",
            {META: "/package.json", TYPES: "/src/types/ /src/global.d.ts /src/db/schema.ts"},
        ),
        (
            (
                "package.json next.config.mjs src/middleware.ts src/app/layout.tsx "
                "src/app/r0/page.tsx src/app/r1/page.tsx src/app/r2/page.tsx "
                "src/app/r3/page.tsx src/app/r4/page.tsx"
            ),
            {META: "/package.json", ROUTES: "/src/middleware.ts /src/app/layout.tsx"},
        ),
        (
            "package.json apps/web/package.json apps/web/next.config.js apps/web/proxy.ts",
            {META: "/package.json", ROUTES: "/apps/web/proxy.ts"},
        ),
        (
            (
                "package.json svelte.config.js src/hooks.server.ts src/routes/+layout.svelte "
                "src/routes/r0/+page.svelte src/routes/r1/+page.svelte src/routes/r2/+page.svelte "
                "src/routes/r3/+page.svelte src/routes/r4/+page.svelte src/routes/r5/+page.svelte "
                "src/routes/r6/+page.svelte src/routes/r7/+page.svelte src/routes/r8/+page.svelte"
            ),
            {META: "/package.json", ROUTES: "/src/hooks.server.ts /src/routes/+layout.svelte"},
        ),
        (
            "package.json app/root.tsx app/entry.server.tsx app/routes/a.tsx prisma/schema.prisma",
            {
                META: "/package.json",
                ROUTES: "/app/root.tsx /app/entry.server.tsx",
                TYPES: "*.prisma",
            },
        ),
        (
            "package.json app.js routes/index.js routes/users.js middleware/auth.js",
            {META: "/package.json", ROUTES: "/routes/index.js /middleware/ /app.js"},
        ),
        (
            "package.json angular.json src/app/app.routes.ts",
            {META: "/package.json", ROUTES: "/src/app/app.routes.ts"},
        ),
        (
            "package.json packages/api/package.json packages/api/src/root.ts",
            {META: "/package.json", ROUTES: "/packages/api/src/root.ts"},
        ),
        (
            (
                "package.json vitest.setup.ts test/fixtures/a.json test/a.js test/b.js "
                "cypress/support/e.ts"
            ),
            {META: "/package.json", FIX: "/test/fixtures/ /vitest.setup.ts /cypress/support/"},
        ),
        (
            "package.json src/__generated__/a.ts src/api.generated.ts",
            {META: "/package.json", GEN: "*.generated.ts /src/__generated__/"},
        ),
        (
            "package.json drizzle.config.ts drizzle/meta/_journal.json",
            {META: "/package.json", GEN: "/drizzle/meta/"},
        ),
        (
            "pyproject.toml poetry.lock requirements/dev.txt src/lib/__init__.py src/lib/typing.py",
            {
                META: "/pyproject.toml /requirements/",
                LOCKS: "/poetry.lock",
                TYPES: "/src/lib/typing.py",
            },
        ),
        (
            "setup.cfg setup.py requirements.txt requirements-dev.txt Pipfile Pipfile.lock",
            {META: "/setup.cfg /setup.py /requirements*.txt /Pipfile", LOCKS: "/Pipfile.lock"},
        ),
        (
            "conftest.py tests/a/conftest.py tests/a/test_a.py tests/test_b.py",
            {FIX: "/conftest.py"},
        ),
        (
            "back/app/tests/conftest.py back/app/tests/test_a.py back/app/tests/test_b.py",
            {FIX: "/back/app/tests/conftest.py"},
        ),
        (
            "shop/tests/fixtures.py shop/tests/test_a.py shop/tests/test_b.py shop/fixtures.py",
            {FIX: "/shop/tests/fixtures.py"},
        ),
        (
            "manage.py site1/urls.py site1/settings.py site1/wsgi.py shop/urls.py blog/urls.py",
            {ROUTES: "/site1/urls.py /site1/settings.py"},
        ),
        (
            (
                "pyproject.toml app/main.py app/models.py app/api/main.py app/api/deps.py "
                "app/api/routes/a.py"
            ),
            {
                META: "/pyproject.toml",
                TYPES: "/app/models.py",
                ROUTES: "/app/main.py /app/api/main.py /app/api/deps.py",
            },
        ),
        ("proto/a_pb2.py proto/a_pb2_grpc.py", {GEN: "*_pb2.py *_pb2_grpc.py"}),
        ("go.mod", {META: "/go.mod", LOCKS: "/go.sum"}),
        ("go.work a/go.mod a/go.sum b/go.mod", {META: "/go.work"}),
        (
            (
                "go.mod go.sum internal/server/router.go internal/middleware/auth.go "
                "api/v1/a.pb.go api/v1/a.proto"
            ),
            {
                META: "/go.mod",
                LOCKS: "/go.sum",
                GEN: "*.pb.go",
                TYPES: "*.proto",
                ROUTES: "/internal/middleware/ /internal/server/router.go",
            },
        ),
        (
            "go.mod testdata/a.pem a/a_test.go b/b_test.go",
            {META: "/go.mod", LOCKS: "/go.sum", FIX: "/testdata/"},
        ),
        (
            (
                "Cargo.toml Cargo.lock crates/a/Cargo.toml crates/core-types/src/lib.rs "
                "src/routes/mod.rs tests/common/mod.rs tests/a.rs tests/b.rs"
            ),
            {
                META: "/Cargo.toml",
                LOCKS: "/Cargo.lock",
                TYPES: "/crates/core-types/",
                FIX: "/tests/common/",
                ROUTES: "/src/routes/mod.rs",
            },
        ),
        (
            "pom.xml a/pom.xml src/main/java/org/x/samples/WebSecurityConfig.java",
            {META: "/pom.xml", ROUTES: "/src/main/java/org/x/samples/WebSecurityConfig.java"},
        ),
        (
            (
                "settings.gradle.kts build.gradle.kts gradle/libs.versions.toml gradle.properties "
                "core/src/testFixtures/A.kt a/ATest.kt b/BTest.kt"
            ),
            {
                META: (
                    "/build.gradle.kts /settings.gradle.kts /gradle.properties "
                    "/gradle/libs.versions.toml"
                ),
                FIX: "/core/src/testFixtures/",
            },
        ),
        (
            (
                "Gemfile Gemfile.lock config/routes.rb config/application.rb db/schema.rb "
                "app/controllers/application_controller.rb spec/factories/a.rb "
                "spec/rails_helper.rb spec/a_spec.rb spec/b_spec.rb"
            ),
            {
                META: "/Gemfile",
                LOCKS: "/Gemfile.lock",
                GEN: "/db/schema.rb",
                FIX: "/spec/rails_helper.rb",
                ROUTES: (
                    "/config/routes.rb /config/application.rb "
                    "/app/controllers/application_controller.rb"
                ),
            },
        ),
        ("a.gemspec Gemfile sig/a.rbs", {META: "/Gemfile /a.gemspec", TYPES: "/sig/"}),
        (
            (
                "composer.json composer.lock artisan routes/web.php routes/api.php "
                "bootstrap/app.php tests/TestCase.php tests/Feature/ATest.php tests/Unit/BTest.php"
            ),
            {
                META: "/composer.json",
                LOCKS: "/composer.lock",
                FIX: "/tests/TestCase.php",
                ROUTES: "/routes/*.php /bootstrap/app.php",
            },
        ),
        (
            "composer.json symfony.lock config/bundles.php config/routes.yaml src/Kernel.php",
            {
                META: "/composer.json",
                LOCKS: "/symfony.lock",
                ROUTES: "/config/routes.yaml /config/bundles.php /src/Kernel.php",
            },
        ),
        (
            (
                "App.sln Directory.Packages.props Directory.Build.props global.json "
                "src/Web/Program.cs src/Web/M/AModelSnapshot.cs src/Shop.Contracts/A.cs"
            ),
            {
                META: "/App.sln /Directory.Build.props /Directory.Packages.props /global.json",
                GEN: "*ModelSnapshot.cs",
                TYPES: "/src/Shop.Contracts/",
                ROUTES: "/src/Web/Program.cs",
            },
        ),
        (
            "versions.tf providers.tf .terraform.lock.hcl main.tf modules/a/versions.tf",
            {META: "/versions.tf /providers.tf", LOCKS: "/.terraform.lock.hcl"},
        ),
        (
            "env/dev/backend.tf env/prod/backend.tf",
            {META: "/env/dev/backend.tf /env/prod/backend.tf"},
        ),
        (
            "buf.yaml buf.gen.yaml buf.lock a.proto",
            {META: "/buf.yaml /buf.gen.yaml", LOCKS: "/buf.lock", TYPES: "*.proto"},
        ),
        ("api/openapi.yaml graph/schema.graphql", {TYPES: "openapi.yaml schema.graphql"}),
        ("App.xcodeproj/project.pbxproj", {META: "project.pbxproj"}),
        (
            "CMakeLists.txt include/a.h lib/a.c lib/b.c",
            {META: "/CMakeLists.txt", TYPES: "/include/"},
        ),
        ("x/generated/a.ts y/generated/b.ts", {GEN: "/x/generated/ /y/generated/"}),
        (
            " ".join(many("p#/generated/a.ts", 5)),
            {GEN: "generated/"},
        ),
        (
            "mix.exs mix.lock lib/web/router.ex",
            {META: "/mix.exs", LOCKS: "/mix.lock", ROUTES: "/lib/web/router.ex"},
        ),
    ],
)
def test_what_fits_is_proposed(paths: str, expected: dict[str, str]) -> None:
    """Each kind of project gets the patterns of what everybody in it touches, and no others."""
    assert groups(paths.split()) == {name: patterns.split() for name, patterns in expected.items()}


@pytest.mark.parametrize(
    ("folder", "written"),
    [
        ("a b", "'/a b/package.json'"),
        ("a*b[c]?", "'/a\\*b\\[c]\\?/package.json'"),
        ('quote"d', '"/quote\\"d/package.json"'),
        ("new\nline", '"/new?line/package.json"'),
        ("bytes\udcff\udcfe", '"/bytes??/package.json"'),
        ("end ", "'/end\\ /package.json'"),
        ("\u202egnp", None),
        ("\x1b[31m", None),
        ("#hash", None),
        ("!not", None),
        ("über", '"/über/package.json"'),
    ],
)
def test_hostile_folders(folder: str, written: str | None) -> None:
    """A folder of any name becomes a visible pattern that matches it."""
    paths = [f"{folder}/package.json", *FILLER]
    text = write_policy(propose(paths, CATALOGUE), "main")
    assert written is None or written.strip("'") in text or written in text
    assert text.replace("\n", "").isprintable()
    policy = parse_policy(text.encode(), "guard.toml")
    patterns = [pattern for group in policy.shared for pattern in group.paths]
    assert [path for path in paths if PatternSet(patterns).decide(path)] == [
        f"{folder}/package.json"
    ]


def test_the_numbers_are_true(mixed: list[str]) -> None:
    """The files of a line are exactly those that its pattern matches."""
    proposals = propose(mixed, CATALOGUE)
    lines = [line for proposal in proposals for line in proposal.lines]
    assert len(lines) > 40
    for line in lines:
        decide = PatternSet([line.pattern]).decide
        assert list(line.files) == [path for path in sorted(mixed) if decide(path)], line.pattern


def test_no_file_is_told_twice(mixed: list[str]) -> None:
    """Every line brings a file, or a pattern, that none before it has."""
    patterns = [line.pattern for proposal in propose(mixed, CATALOGUE) for line in proposal.lines]
    assert len(set(patterns)) == len(patterns)


def test_the_order_of_paths_does_not_matter(mixed: list[str]) -> None:
    """The same files give the same policy, however git lists them."""
    shuffled = mixed + mixed[:50]
    random.Random(1).shuffle(shuffled)
    assert write_policy(propose(shuffled, CATALOGUE), "") == write_policy(
        propose(mixed, CATALOGUE), ""
    )


def test_the_policy_says_what_was_proposed(mixed: list[str]) -> None:
    """The written text is read back as the same groups in the same order, with the base."""
    proposals = propose(mixed, CATALOGUE)
    policy = parse_policy(write_policy(proposals, 'trunk/"a').encode(), "guard.toml")
    assert policy.base == 'trunk/"a'
    assert [(group.name, group.why, group.paths, group.generated) for group in policy.shared] == [
        (
            proposal.name,
            proposal.why,
            tuple(line.pattern for line in proposal.lines),
            proposal.generated,
        )
        for proposal in proposals
        if proposal.lines or proposal.generated
    ]


def history(people: dict[str, int], bots: dict[str, int]) -> list[Commit]:
    """Give commits that change one path each, so many of each path."""
    return [
        Commit(author, [path])
        for author, changes in (("Ada <ada@x.org>", people), ("renovate[bot] <b@x.org>", bots))
        for path, number in changes.items()
        for _ in range(number)
    ]


@pytest.mark.parametrize(
    ("author", "is_bot"),
    [
        ("dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>", True),
        ("Deploy <team-bot@example.org>", True),
        ("renovate <r@example.org>", True),
        ("Ada Talbot <ada@talbot.org>", False),
        ("Ada <ada@robots.org>", False),
    ],
)
def test_bots_are_known_by_a_word(author: str, *, is_bot: bool) -> None:
    """A word in name or address makes a bot, and part of a surname does not."""
    assert Commit(author, ()).by_bot == is_bot


@pytest.mark.parametrize("locks", [0, 14, 15, 90])
def test_a_group_that_speaks_often_is_to_warn(locks: int) -> None:
    """More than one commit in seven by people makes a group a warning; bots do not count."""
    files = ["package.json", "package-lock.json", "src/a.ts"]
    by_people = {"package-lock.json": locks, "package.json": 3, "src/a.ts": 98 - 3 - locks}
    commits = history(by_people, {"package-lock.json": 60})
    groups = {one.name: one for one in counted_in(propose(files, CATALOGUE), commits)}
    assert groups[LOCKS].told == (locks, 60, 98, 60)
    assert groups[META].told == (3, 0, 98, 60)
    assert groups[LOCKS].level == ("warning" if locks > 14 else "")
    lenient = parse_policy(write_policy(tuple(groups.values()), "").encode(), "guard.toml")
    strict = write_policy(tuple(groups.values()), "", strict=True)
    assert {one.name: one.level for one in lenient.shared}[LOCKS] == groups[LOCKS].level
    assert {one.at_most.word for one in parse_policy(strict.encode(), "guard.toml").shared} == {
        "error"
    }


def test_counts_are_those_of_git(empty: Repo) -> None:
    """What is counted in a history is what git itself lists for the paths, merges apart."""
    empty.commit({"package.json": "0\n", "package-lock.json": "0\n", "a b\nc": "0\n"}, "start")
    for number in range(1, 9):
        changed: dict[str, str | bytes] = (
            {"package-lock.json": f"{number}\n"} if number % 3 else {"\n\nx": f"{number}\n"}
        )
        empty.commit(changed, "work", f"--author={'x[bot]' if number == 2 else 'Ada'} <a@x>")
    empty.branch("side").commit({"package.json": "1\n"})
    empty.git("switch", "-q", "main")
    empty.commit({"other": "x\n"})
    empty.git("merge", "-q", "--no-edit", "side")
    found = recent_commits(at(str(empty.path)))
    assert len(found) == 10
    words = ("log", "--min-parents=1", "--no-merges", "--format=%an <%ae>")
    for path in ("package.json", "package-lock.json", "\n\nx", "other"):
        told = [author for author, paths in found if path in paths]
        assert told == empty.git(*words, "--", f":(literal){path}").split("\n")


def test_without_files_the_policy_is_still_one() -> None:
    """An empty repository gets a valid policy that shares generated code alone."""
    policy = parse_policy(write_policy(propose([], CATALOGUE), "").encode(), "guard.toml")
    assert [(group.name, group.generated) for group in policy.shared] == [("generated", True)]
    assert policy.base == ""


def test_every_word_of_the_catalogue_is_a_pattern() -> None:
    """The table of kinds has only valid patterns, each once, and lists every sure file."""
    for marks, table in (*CATALOGUE["metadata"].items(), *CATALOGUE["lock-files"].items()):
        words = " ".join(table.values()).split()
        PatternSet(words)
        assert len(set(words)) == len(words), marks
    locks = {
        word for one in CATALOGUE["lock-files"].values() for word in " ".join(one.values()).split()
    }
    assert set(CATALOGUE["locks"].values()) <= locks


def test_large_repositories_are_quick() -> None:
    """200,000 files take seconds."""
    rng = random.Random(2)
    folders = [
        "/".join(f"d{rng.randrange(40)}" for _ in range(rng.randrange(1, 7))) for _ in range(20_000)
    ]
    endings = ["py", "ts", "go", "java", "proto", "pb.go", "test.ts", "md"]
    paths = [f"{rng.choice(folders)}/f{number}.{rng.choice(endings)}" for number in range(200_000)]
    start = time.process_time()
    propose(paths, CATALOGUE)
    assert time.process_time() - start < 8


LINES = (ProposedLine("/go.mod", "dependencies", ["go.mod"]), ProposedLine("/go.sum", "written"))
PROPOSED = (ProposedGroup(META, "Builds.", LINES),)


@pytest.mark.parametrize(
    "text",
    [
        '[shared.x]\nwhy = "a"\npaths = ["go.mod", "/go.*"]\n',
        '[shared.x]\npaths = ["*"]\n',
        '[shared.package-metadata]\npaths = ["/go.mod", "/go.sum"]\n',
        '[shared.package-metadata]\npaths = ["a"]\n# "/go.mod", "/go.sum": one per module\n',
    ],
)
def test_what_is_shared_or_declined_is_not_new(text: str) -> None:
    """A file that any group shares already and a line that is a comment are not proposed again."""
    assert missing_lines(parse_policy(text.encode(), "guard.toml"), PROPOSED) == ()


TABLE = "[shared.package-metadata]\n"
NEW = '    "/go.mod",  # dependencies (1 file)\n    "/go.sum",  # written (no file yet)\n'
RULES = '\n# about rules\n[rules]\nsame-file = "off"'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("", f'\n{TABLE}why = "Builds."\npaths = [\n{NEW}]\n', id="empty"),
        pytest.param(
            f'{TABLE}paths = ["a"]\n',
            f'{TABLE}paths = ["a", "/go.mod", "/go.sum"]\n',
            id="one line",
        ),
        pytest.param(
            f'{TABLE}paths = ["a",]', f'{TABLE}paths = ["a", "/go.mod", "/go.sum",]', id="comma"
        ),
        pytest.param(
            f"{TABLE}paths = []  # none\ngenerated = true\n",
            f'{TABLE}paths = ["/go.mod", "/go.sum"]  # none\ngenerated = true\n',
            id="no element",
        ),
        pytest.param(
            f'{TABLE}paths = [\n    "a", # x, ]\n    "b"  # last\n    # end\n]  # out\n[rules]\n',
            f'{TABLE}paths = [\n    "a", # x, ]\n    "b",  # last\n    # end\n'
            f"{NEW}]  # out\n[rules]\n",
            id="many lines",
        ),
        pytest.param(
            f"{TABLE}generated = true\npaths = [ # x\n]\n[rules]\n",
            f"{TABLE}generated = true\npaths = [ # x\n{NEW}]\n[rules]\n",
            id="lines without an element",
        ),
        pytest.param(
            f'{TABLE}paths = ["x",\n    "a"]\n',
            f'{TABLE}paths = ["x",\n    "a",\n{NEW}]\n',
            id="bracket behind",
        ),
        pytest.param(
            f"{TABLE}paths = [\n  'a',\n]\n".replace("\n", "\r\n"),
            f"{TABLE}paths = [\n  'a',\n{NEW}]\n".replace("    ", "  ").replace("\n", "\r\n"),
            id="CRLF, and another indent",
        ),
        pytest.param(
            f"{TABLE}generated = true  # x\n{RULES}\n",
            f"{TABLE}generated = true  # x\npaths = [\n{NEW}]\n{RULES}\n",
            id="no paths",
        ),
        pytest.param(
            f'[shared.x]\npaths = ["a"]\n{RULES}',
            f'[shared.x]\npaths = ["a"]\n\n{TABLE}why = "Builds."\npaths = [\n{NEW}]\n{RULES}',
            id="no group",
        ),
        pytest.param(
            '[shared]\npackage-metadata.paths = ["a"]\n',
            '[shared]\npackage-metadata.paths = ["a", "/go.mod", "/go.sum"]\n',
            id="dotted",
        ),
        pytest.param(
            'shared = { package-metadata = { paths = ["a"] } }\n',
            'shared = { package-metadata = { paths = ["a", "/go.mod", "/go.sum"] } }\n',
            id="inline",
        ),
        pytest.param(
            f"{TABLE}paths = [\"\"\"a\"\"\", '''b]''']\n",
            f'{TABLE}paths = ["""a""", \'\'\'b]\'\'\', "/go.mod", "/go.sum"]\n',
            id="long strings",
        ),
    ],
)
def test_lines_are_added_in_place(old: str, new: str, tmp_path: Path) -> None:
    """The new text keeps comments and order, and git applies the patch that leads to it."""
    extended = extend_policy(parse_policy(old.encode(), "guard.toml"), PROPOSED)
    assert extended == new
    (tmp_path / "guard.toml").write_bytes(old.encode())
    diff = patch("guard.toml", old, extended)
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"], input=diff.encode(), cwd=tmp_path, check=True
    )
    assert (tmp_path / "guard.toml").read_bytes() == new.encode()


def test_nothing_new_changes_nothing() -> None:
    """Without proposals the text stays as it is, and there is no patch."""
    text = '[shared.x]\npaths = ["a"]'
    assert extend_policy(parse_policy(text.encode(), "guard.toml"), ()) == text
    assert patch("guard.toml", text, text) == ""


def test_a_long_line_is_broken() -> None:
    """An array on one line goes on below itself rather than off the screen."""
    text = f'[shared.package-metadata]\npaths = ["{"a" * 110}", "b"]\n'
    added = extend_policy(parse_policy(text.encode(), "guard.toml"), PROPOSED)
    assert added == text.replace("]\n", "", 2).replace(
        "[shared.package-metadata", "[shared.package-metadata]\n", 1
    ) + (',\n    "/go.mod",  # dependencies (1 file)\n    "/go.sum",  # written (no file yet)\n]\n')


@pytest.mark.parametrize(
    "text",
    ['shared = { x = { paths = ["a"] } }\n', "[shared]\npackage-metadata = { generated = true }\n"],
)
def test_what_cannot_be_extended_is_told(text: str) -> None:
    """A policy that lines cannot be added to is left alone, and the error names the lines."""
    with pytest.raises(ContractError, match=r"/go\.mod") as raised:
        extend_policy(parse_policy(text.encode(), "guard.toml"), PROPOSED)
    assert raised.value.hint == "add them by hand"


def test_a_policy_extended_twice_is_complete(mixed: list[str]) -> None:
    """What was added is not missing any more, whatever the policy had before."""
    text = (
        '# ours\nbase = "main"\n[shared.types]\nwhy = "x"\npaths = ["/src/types/"]  # ours\n'
        '\n[rules]\nsame-file = "off"\n'
    )
    policy = parse_policy(text.encode(), "guard.toml")
    extended = extend_policy(policy, missing_lines(policy, propose(mixed, CATALOGUE)))
    again = parse_policy(extended.encode(), "guard.toml")
    assert missing_lines(again, propose(mixed, CATALOGUE)) == ()
    kept = iter(extended.split("\n"))
    assert all(line in kept for line in text.split("\n") if "paths" not in line)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a", '"a"'),
        ('a"b', '"a\\"b"'),
        ("a\\*b", "'a\\*b'"),
        ("a\\'b", '"a\\\\\'b"'),
        ("a\nb", '"a\\nb"'),
        ("\U000e0001", '"\\U000e0001"'),
    ],
)
def test_strings(text: str, written: str) -> None:
    """A string is written so that TOML reads it back and nothing in it is invisible."""
    assert toml_string(text) == written
    why = "x" + text.replace(chr(0xE0001), "")
    document = f"[shared.x]\ngenerated = true\nwhy = {toml_string(why)}\n"
    assert parse_policy(document.encode(), "guard.toml").shared[0].why == why


@pytest.fixture(scope="module")
def mixed() -> list[str]:
    """A monorepo that has some of everything."""
    kinds = [
        name
        for kind in list(CATALOGUE["metadata"].values())[:12]
        for name in " ".join(kind.values()).split()
        if "*" not in name and not name.endswith("/")
    ]
    others = (
        "conftest.py tests/suite1/conftest.py next.config.js middleware.ts app/layout.tsx "
        "site1/urls.py site1/asgi.py config/routes.rb config/application.rb db/schema.rb "
        "web/generated/a.ts a/generated/b/generated/c.ts x.sln y.csproj"
    )
    return [
        *(f"src/part{number % 97}/file{number}.x" for number in range(2000)),
        *kinds,
        *(f"proto/p{number}.proto" for number in range(20)),
        *(f"gen/p{number}.pb.go" for number in range(20)),
        *(f"src/types/t{number}.ts" for number in range(5)),
        *(f"tests/fixtures/f{number}.json" for number in range(5)),
        *(f"tests/suite{number}/test_{number}.py" for number in range(5)),
        *others.split(),
    ]
