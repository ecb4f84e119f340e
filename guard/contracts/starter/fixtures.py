"""The group `fixtures`: what several suites start from. Data of one suite is its own."""

from __future__ import annotations

from collections.abc import Iterator

from guard.contracts.starter.survey import (
    MOST_HOMES,
    Survey,
    anchored,
    each,
    exactly,
    is_below,
    is_for_tests,
    is_foreign,
)
from guard.contracts.starter.values import Line

_MARKS = (
    "package.json deno.json", "pyproject.toml setup.py setup.cfg requirements.txt manage.py", "go.mod", "Cargo.toml", "Gemfile *.gemspec",
    "composer.json", "pom.xml settings.gradle settings.gradle.kts build.gradle build.gradle.kts", "*.sln *.slnx", "mix.exs", "pubspec.yaml",
)  # fmt: skip
_SETUPS = {
    "spec/spec_helper.rb spec/rails_helper.rb spec/support/ test/test_helper.rb test/support/": "what every suite loads",
    "spec/factories.rb spec/factories/ test/factories.rb test/factories/ spec/fixtures/ test/fixtures/": "records that suites share",
    "tests/TestCase.php tests/Pest.php tests/bootstrap.php tests/CreatesApplication.php": "what every suite starts from",
    "database/factories/ src/DataFixtures/": "records that suites share",
    "jest.setup.* vitest.setup.* setupTests.* src/setupTests.* test/setup* tests/setup*": "what every suite loads",
    "cypress/support/ cypress/fixtures/ e2e/fixtures/ e2e/support/ playwright/fixtures/": "what every end-to-end suite starts from",
    "test/test-utils/ src/test-utils/ tests/utils/ test/utils/ tests/helpers/ test/helpers/": "what suites share",
    "tests/support/ tests/common/": "what suites share",
    "test/test_helper.exs test/support/": "what every suite loads",
}
_FOLDERS = (
    "fixtures",
    "__fixtures__",
    "Fixtures",
    "testdata",
    "test-data",
    "test_data",
    "__mocks__",
)


def fixtures(survey: Survey) -> Iterator[Line]:
    """Yield the lines of the group."""
    homes = _homes(survey)
    if survey.suites("") < 2:
        return
    for patterns, why in _SETUPS.items():
        for home in homes:
            yield from anchored(survey, home, patterns, why)
    yield from _conftests(survey)
    yield from _shared_data(survey, homes)
    for folder in sorted(
        folder for folder in survey.folders if folder.endswith("src/testFixtures")
    ):
        yield Line(
            exactly(folder) + "/", "Gradle shares them between modules", survey.below(folder)
        )
    yield from each(survey, "TestcontainersConfiguration.java", "containers of every suite")


def _conftests(survey: Survey) -> Iterator[Line]:
    """The topmost modules of pytest fixtures above several suites (https://docs.pytest.org, "How to use fixtures").

    `conftest.py` is found by pytest itself; `fixtures.py` among tests is what `pytest_plugins` and imports usually name.
    """
    yield from _topmost(survey, survey.named("conftest.py"), "fixtures of every pytest suite below")
    among_tests = [
        path for path in survey.named("fixtures.py") if is_for_tests(path.rpartition("/")[0])
    ]
    yield from _topmost(survey, among_tests, "pytest fixtures of several suites")


def _topmost(survey: Survey, paths: list[str], why: str) -> Iterator[Line]:
    folders = [path.rpartition("/")[0] for path in paths]
    tops = [
        folder
        for folder in folders
        if not is_foreign(folder) and not any(is_below(folder, other) for other in folders)
    ]
    for folder in tops if len(tops) <= MOST_HOMES else ():
        if survey.suites(folder) > 1:
            yield from anchored(survey, folder, paths[0].rpartition("/")[2], why)


def _shared_data(survey: Survey, homes: list[str]) -> Iterator[Line]:
    for folder in sorted(survey.folders):
        parent, _, name = folder.rpartition("/")
        if (
            name not in _FOLDERS
            or is_foreign(folder)
            or not _is_near_a_top(parent, homes)
            or _has_tests_beside(survey, parent, name)
        ):
            continue
        if survey.suites(parent) - survey.suites(folder) > 1:
            yield Line(exactly(folder) + "/", "data of several suites", survey.below(folder))


def _homes(survey: Survey) -> list[str]:
    tops = [survey.homes(marks) for marks in _MARKS]
    return sorted({"", *(home for homes in tops if len(homes) <= MOST_HOMES for home in homes)})


def _is_near_a_top(folder: str, homes: list[str]) -> bool:
    """Whether a folder is a project's top or right in it."""
    return folder in homes or folder.rpartition("/")[0] in homes


def _has_tests_beside(survey: Survey, parent: str, name: str) -> bool:
    """Whether a folder called `fixtures` lies beside the tests, not among them: then it may be what the program itself starts from."""
    if name.lower() != "fixtures" or is_for_tests(parent):
        return False
    return any(is_for_tests(child) for child in survey.children(parent) if child != name)
