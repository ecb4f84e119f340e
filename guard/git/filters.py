"""The filter drivers that a configuration names, and how to keep git from running them."""

from collections.abc import Iterable, Sequence

from guard.git.plumbing import Git, records


def filters_of(git: Git) -> list[str]:
    """Give the filter drivers of all configurations (gitattributes(5))."""
    return filters_among(records(git.run("config", "--list", "--name-only", "-z").out))


def filters_among(names: Iterable[str]) -> list[str]:
    """Give the filter drivers that configured names are about."""
    found = set()
    for entry in names:
        driver, _, key = entry.rpartition(".")
        if driver.startswith("filter.") and key in ("clean", "smudge", "process", "required"):
            found.add(driver.removeprefix("filter."))
    return sorted(found)


def without_filters(git: Git) -> dict[str, str]:
    """Give the variables that keep git from running a filter of this repository's."""
    return switched_off(git, filters_of(git))


def switched_off(git: Git, filters: Sequence[str]) -> dict[str, str]:
    """Give variables that switch filter drivers off.

    `-c` allows no `=` in the name of a driver (git-config(1)).
    """
    count = int(git.env.get("GIT_CONFIG_COUNT", "0") or 0)
    variables = {}
    for name in filters:
        for key, value in (("clean", ""), ("process", ""), ("required", "false")):
            variables[f"GIT_CONFIG_KEY_{count}"] = f"filter.{name}.{key}"
            variables[f"GIT_CONFIG_VALUE_{count}"] = value
            count += 1
    return {"GIT_CONFIG_COUNT": str(count), **variables}
