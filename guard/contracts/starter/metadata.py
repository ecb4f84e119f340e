"""The group `package-metadata`: what every build reads.

That is the manifests and lock files of the topmost project of each kind, not those of the packages
inside a workspace: these belong to the session that works on the package.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from guard.contracts.starter.proposal import ProposedLine
from guard.contracts.starter.survey import Survey, anchored, anywhere, exactly, join

_LOCKED = "the locked dependencies"


class Kind(NamedTuple):
    """A kind of project: the files at its top, and what matters beside them (words → why).

    `sure` maps a file to another that its tool will write next to it.
    """

    marks: str
    beside: Mapping[str, str]
    sure: Mapping[str, str] = {}


KINDS = (
    Kind(
        "package.json",
        {
            "package.json": "dependencies and scripts",
            "package-lock.json npm-shrinkwrap.json": "npm's lock file",
            "pnpm-lock.yaml": "pnpm's lock file",
            "yarn.lock": "Yarn's lock file",
            "bun.lock bun.lockb": "Bun's lock file",
            "pnpm-workspace.yaml lerna.json nx.json turbo.json": (
                "the packages of the workspace and how they build"
            ),
            ".npmrc .yarnrc.yml bunfig.toml": "how packages are installed",
            "tsconfig*.json": "compiler settings of everything",
        },
        {
            "pnpm-workspace.yaml": "pnpm-lock.yaml",
            ".yarnrc.yml": "yarn.lock",
            "bunfig.toml": "bun.lock",
        },
    ),
    Kind("rush.json", {"rush.json common/config/rush/": "Rush's workspace and lock file"}),
    Kind(
        "deno.json deno.jsonc",
        {"deno.json deno.jsonc": "dependencies and tasks", "deno.lock": "Deno's lock file"},
    ),
    Kind(
        "pyproject.toml setup.py setup.cfg requirements*.txt Pipfile pixi.toml environment.yml",
        {
            "pyproject.toml setup.cfg setup.py": "dependencies and build settings",
            "requirements*.txt requirements*.in requirements/ constraints*.txt": "dependencies",
            "poetry.lock": "Poetry's lock file",
            "uv.lock": "uv's lock file",
            "pdm.lock": "PDM's lock file",
            "pylock.toml pylock.*.toml": "lock file (PEP 751)",
            "Pipfile Pipfile.lock": "Pipenv's dependencies and lock file",
            "pixi.toml pixi.lock environment*.yml conda-lock.yml": "the environment",
        },
    ),
    Kind(
        "go.mod go.work",
        {
            "go.mod": "dependencies",
            "go.sum": "written by the go command",
            "go.work go.work.sum": "the modules of the workspace",
        },
        {"go.mod": "go.sum"},
    ),
    Kind(
        "Cargo.toml",
        {
            "Cargo.toml": "workspace and dependencies",
            "Cargo.lock": "Cargo's lock file",
            "rust-toolchain rust-toolchain.toml": "the compiler",
        },
    ),
    Kind("pom.xml", {"pom.xml": "modules and dependencies", ".mvn/": "how Maven runs"}),
    Kind(
        "settings.gradle settings.gradle.kts build.gradle build.gradle.kts",
        {
            "build.gradle build.gradle.kts settings.gradle settings.gradle.kts": (
                "modules and dependencies"
            ),
            "gradle.properties": "build settings",
            "gradle/*.versions.toml": "version catalog",
            "gradle.lockfile gradle/verification-metadata.xml": "locked dependencies",
            "gradle/wrapper/": "the Gradle that builds",
            "buildSrc/ build-logic/": "build logic of all modules",
        },
    ),
    Kind(
        "build.sbt",
        {
            "build.sbt project/*.sbt project/*.scala project/build.properties": (
                "modules, dependencies and build settings"
            )
        },
    ),
    Kind(
        "Gemfile gems.rb *.gemspec",
        {
            "Gemfile gems.rb *.gemspec": "dependencies",
            "Gemfile.lock gems.locked": "Bundler's lock file",
        },
        {"gems.rb": "gems.locked"},
    ),
    Kind(
        "composer.json",
        {"composer.json": "dependencies", "composer.lock symfony.lock": "Composer's lock file"},
    ),
    Kind(
        "*.sln *.slnx Directory.Build.props Directory.Packages.props global.json",
        {
            "*.sln *.slnx": "the projects of the solution",
            "Directory.Build.props Directory.Build.targets": "build settings of all projects",
            "Directory.Packages.props": "package versions of all projects",
            "packages.lock.json": "NuGet's lock file",
            "global.json": "the SDK that builds",
            "NuGet.config nuget.config NuGet.Config .config/dotnet-tools.json": (
                "where packages and tools come from"
            ),
        },
    ),
    Kind(
        "*.csproj *.fsproj *.vbproj",
        {"*.csproj *.fsproj *.vbproj": "dependencies", "packages.lock.json": "NuGet's lock file"},
    ),
    Kind(
        "versions.tf providers.tf backend.tf terraform.tf .terraform.lock.hcl",
        {
            "versions.tf providers.tf backend.tf terraform.tf": "providers and state",
            ".terraform.lock.hcl": "Terraform's lock file",
        },
    ),
    Kind(
        "buf.yaml buf.gen.yaml",
        {
            "buf.yaml buf.gen.yaml buf.work.yaml": "modules and generators",
            "buf.lock": "Buf's lock file",
        },
    ),
    Kind(
        "Package.swift", {"Package.swift": "targets and dependencies", "Package.resolved": _LOCKED}
    ),
    Kind(
        "Podfile", {"Podfile": "dependencies", "Podfile.lock": _LOCKED}, {"Podfile": "Podfile.lock"}
    ),
    Kind("pubspec.yaml", {"pubspec.yaml melos.yaml": "dependencies", "pubspec.lock": _LOCKED}),
    Kind("mix.exs", {"mix.exs": "applications and dependencies", "mix.lock": _LOCKED}),
    Kind("rebar.config", {"rebar.config": "dependencies", "rebar.lock": _LOCKED}),
    Kind(
        "stack.yaml *.cabal",
        {
            "stack.yaml *.cabal cabal.project": "dependencies",
            "stack.yaml.lock cabal.project.freeze": _LOCKED,
        },
    ),
    Kind("deps.edn project.clj", {"deps.edn project.clj": "dependencies"}),
    Kind("renv.lock", {"renv.lock": "the locked packages"}),
    Kind(
        "CMakeLists.txt",
        {
            "CMakeLists.txt CMakePresets.json": "targets and options",
            "vcpkg.json conanfile.* conan.lock": "dependencies",
        },
    ),
    Kind("meson.build", {"meson.build meson.options meson_options.txt": "targets and options"}),
    Kind(
        "MODULE.bazel WORKSPACE WORKSPACE.bazel",
        {
            "MODULE.bazel WORKSPACE WORKSPACE.bazel": "dependencies",
            "MODULE.bazel.lock maven_install.json": _LOCKED,
            ".bazelrc": "build options",
        },
    ),
    Kind(
        "flake.nix",
        {"flake.nix": "inputs and outputs", "flake.lock": "Nix' lock file"},
        {"flake.nix": "flake.lock"},
    ),
)


def package_metadata(survey: Survey) -> Iterator[ProposedLine]:
    """Yield the lines of the group."""
    for kind in KINDS:
        for home in survey.main_homes(kind.marks):
            yield from _beside(survey, kind, home)
    yield from anywhere(survey, "project.pbxproj", "Xcode lists every file here")


def _beside(survey: Survey, kind: Kind, home: str) -> Iterator[ProposedLine]:
    names = survey.inside.get(home, ())
    for patterns, why in kind.beside.items():
        yield from anchored(survey, home, patterns, why)
        for mark, lock in kind.sure.items():
            if mark in names and lock in patterns.split() and lock not in names:
                yield ProposedLine(exactly(join(home, lock)), why)
