"""The group `fixtures`: what several suites start from. The data of one suite is its own."""

from collections.abc import Iterator

from guard.contracts.starter.proposal import ProposedLine
from guard.contracts.starter.survey import (
    Survey,
    anchored,
    each,
    few,
    folder_of,
    folders,
    is_below,
    is_for_tests,
    is_foreign,
    join,
)


def fixtures(survey: Survey) -> Iterator[ProposedLine]:
    """Yield the lines of the group."""
    if survey.suites("") < 2:
        return
    homes = {""}
    for marks in survey.catalogue["suites"]["projects"]:
        homes.update(few(survey.homes(marks)))
    for table in survey.catalogue["fixtures"].values():
        for why, patterns in table.items():
            for home in sorted(homes):
                yield from anchored(survey, home, patterns, why)
    yield from _factories(survey, homes)
    yield from _conftests(survey)
    shared = [folder for folder in sorted(survey.folders) if _is_shared(survey, folder, homes)]
    yield from folders(shared, survey, "data of several suites")
    gradle = [folder for folder in survey.folders if folder.endswith("src/testFixtures")]
    yield from folders(sorted(gradle), survey, "Gradle shares them between modules")
    yield from each(survey, "TestcontainersConfiguration.java", "containers of every suite")


def _factories(survey: Survey, homes: set[str]) -> Iterator[ProposedLine]:
    words = survey.catalogue["factories"]
    tests = [join(home, name) for home in sorted(homes) for name in words["beside"].split()]
    for folder in tests:
        kinds = [name for name in survey.children(folder) if survey.suites(join(folder, name))]
        if len(kinds) > 1:
            yield from anchored(survey, folder, words["names"], "records that suites share")


def _conftests(survey: Survey) -> Iterator[ProposedLine]:
    # pytest itself finds `conftest.py` (https://docs.pytest.org, "How to use fixtures");
    # `pytest_plugins` and imports usually name `fixtures.py` among tests.
    everywhere = survey.named("conftest.py")
    yield from _topmost(survey, everywhere, "fixtures of every pytest suite below")
    among_tests = [path for path in survey.named("fixtures.py") if is_for_tests(folder_of(path))]
    yield from _topmost(survey, among_tests, "pytest fixtures of several suites")


def _topmost(survey: Survey, paths: list[str], why: str) -> Iterator[ProposedLine]:
    found = list(map(folder_of, paths))
    own = [folder for folder in found if not is_foreign(folder)]
    tops = [folder for folder in own if not any(is_below(folder, other) for other in found)]
    for folder in few(tops):
        if survey.suites(folder) > 1:
            yield from anchored(survey, folder, paths[0].rpartition("/")[2], why)


def _is_shared(survey: Survey, folder: str, homes: set[str]) -> bool:
    """Whether several suites, but not the program, use a folder of data near a project's top."""
    parent, _, name = folder.rpartition("/")
    if name not in survey.catalogue["folders"]["fixtures"].split() or is_foreign(folder):
        return False
    if parent not in homes and folder_of(parent) not in homes:
        return False
    if name.lower() == "fixtures" and not is_for_tests(parent):
        others = [child for child in survey.children(parent) if child != name]
        if any(map(is_for_tests, others)):  # beside the tests: the program may start from it
            return False
    return survey.suites(parent) - survey.suites(folder) > 1
