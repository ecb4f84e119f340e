"""The environment of a command that is not git's: without what git tells its hooks.

A test suite that calls `git init` in a hook must not do so in the hook's repository.
"""

from collections.abc import Mapping

# Variables that name git's repository, index and configuration, or inform a hook (git(1);
# githooks(5); `git rev-parse --local-env-vars`, and what that omits).
_LEAKING = frozenset(
    (
        "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_ATTR_SOURCE GIT_COMMON_DIR GIT_CONFIG "
        "GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS GIT_DIR GIT_EXTERNAL_DIFF GIT_GLOB_PATHSPECS "
        "GIT_GRAFT_FILE GIT_ICASE_PATHSPECS GIT_IMPLICIT_WORK_TREE GIT_INDEX_FILE "
        "GIT_INDEX_VERSION GIT_INTERNAL_SUPER_PREFIX GIT_LITERAL_PATHSPECS GIT_NAMESPACE "
        "GIT_NOGLOB_PATHSPECS GIT_NO_REPLACE_OBJECTS GIT_OBJECT_DIRECTORY GIT_PREFIX "
        "GIT_QUARANTINE_PATH GIT_REFLOG_ACTION GIT_REPLACE_REF_BASE GIT_SHALLOW_FILE GIT_WORK_TREE"
    ).split()
)
_LEAKING_TOO = ("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "GIT_PUSH_OPTION_", "GITHEAD_")


def without_place(env: Mapping[str, str]) -> dict[str, str]:
    """Give an environment without the variables by which git informs its hooks."""
    return {
        name: value
        for name, value in env.items()
        if name not in _LEAKING and not name.startswith(_LEAKING_TOO)
    }
