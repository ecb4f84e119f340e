"""Which files no person writes: what a path alone tells, and (`header.py`) what the first lines of a file say.

The names are those that GitHub's linguist leaves out of diffs (https://github.com/github-linguist/linguist, lib/linguist/generated.rb),
each as a whole file name or folder where linguist takes any part of a path, and what further package managers and generators document.
"""

from __future__ import annotations

import re

from guard.changes.header import generated_header

__all__ = ["generated_header", "generated_name"]

# Who writes a file → its names. yarn.lock is not here: linguist looks into it, and so does `generated_header`.
_FILES = {
    "npm": "package-lock.json npm-shrinkwrap.json .package-lock.json",
    "pnpm": "pnpm-lock.yaml",
    "Bun": "bun.lock bun.lockb",
    "Deno": "deno.lock",
    "Next.js": "next-env.d.ts",
    "TanStack Router": "routeTree.gen.ts",
    "Prisma": "migration_lock.toml",
    "Poetry": "poetry.lock",
    "PDM": "pdm.lock",
    "uv": "uv.lock",
    "Pipenv": "Pipfile.lock",
    "a Python installer (PEP 751)": "pylock.toml",
    "pixi": "pixi.lock",
    "conda-lock": "conda-lock.yml",
    "detect-secrets": ".secrets.baseline",
    "the go command": "go.sum go.work.sum",
    "dep": "Gopkg.lock",
    "Glide": "glide.lock",
    "Cargo": "Cargo.lock Cargo.toml.orig",
    "Bundler": "Gemfile.lock gems.locked",
    "Composer": "composer.lock",
    "NuGet": "packages.lock.json project.assets.json",
    "Paket": "paket.lock",
    "Gradle": "gradlew gradlew.bat gradle.lockfile buildscript-gradle.lockfile gradle-wrapper.jar",
    "Maven": "mvnw mvnw.cmd maven-wrapper.jar",
    "Terraform": ".terraform.lock.hcl",
    "Buf": "buf.lock",
    "Helm": "Chart.lock",
    "Bazel": "MODULE.bazel.lock",
    "rules_jvm_external": "maven_install.json",
    "Nix": "flake.lock",
    "mise": "mise.lock",
    "Swift Package Manager": "Package.resolved",
    "CocoaPods": "Podfile.lock",
    "Carthage": "Cartfile.resolved",
    "Dart": "pubspec.lock",
    "Mix": "mix.lock",
    "Rebar": "rebar.lock",
    "Shards": "shard.lock",
    "Stack": "stack.yaml.lock",
    "Cabal": "cabal.project.freeze",
    "renv": "renv.lock",
    "Conan": "conan.lock",
    "esy": "esy.lock",
    "Julia": "Manifest.toml JuliaManifest.toml",
}
# Who writes a file → how its name, in lower case, ends.
ENDINGS = {
    "protoc": ".pb.go .pb.cc .pb.h .pb.swift .pb.dart .pbenum.dart .pbjson.dart .pbserver.dart .pbgrpc.dart _pb2.py _pb2.pyi _pb.js _pb.ts "
    "_pb.d.ts _pb.rb .pb.ts .pb.validate.go",
    "gRPC": "_grpc.pb.go .pb.gw.go .grpc.pb.cc .grpc.pb.h .grpc.swift _pb2_grpc.py _pb2_grpc.pyi _grpc_pb.js _grpc_pb.d.ts",
    "source_gen": ".g.dart .freezed.dart .gr.dart .mocks.dart",
    "a source generator": ".g.cs .g.i.cs",
    "Visual Studio": ".designer.cs .designer.vb",
    "SpecFlow": ".feature.cs",
    "a code generator": ".gen.go .gen.ts .gen.tsx .gen.js",
    "a compiler": ".js.map .css.map .mjs.map .cjs.map",
    "Zephir": ".zep.c .zep.h .zep.php",
    "Xcode": ".nib .xcworkspacedata .xcuserstate",
    "Delphi": "_tlb.pas",
}
# Who writes a folder → its names.
_FOLDERS = {
    "a package manager": "node_modules",
    "CocoaPods": "Pods",
    "godep": "Godeps",
    "IntelliJ IDEA": ".idea",
    "coverage.py": "htmlcov",
    "a code generator": "__generated__ generated-sources .openapi-generator",
}
# Who writes what a path contains, or ends in, by a folder that tells it apart.
_INSIDE = {
    "Carthage": {"/Carthage/Build/": "Carthage"},
    ".yarn": dict.fromkeys(
        ("/.yarn/cache/", "/.yarn/plugins/", "/.yarn/releases/", "/.yarn/sdks/"), "Yarn"
    ),
    "rbi": {"/sorbet/rbi/gems/": "Tapioca", "/sorbet/rbi/dsl/": "Tapioca"},
    ".sqlx": {"/.sqlx/query-": "SQLx"},
    "db": {"/db/structure.sql": "Rails"},
    "meta": {
        "/migrations/meta/_journal.json": "drizzle-kit",
        "/drizzle/meta/_journal.json": "drizzle-kit",
    },
    "vendor": {"/vendor/modules.txt": "go mod vendor"},
}
_DOMAINS = ("com", "edu", "gov", "in", "me", "net", "org", "fm", "io", "dev", "app", "sh")
_NUMBERED = r"(?:Julia)?Manifest-v\d+\.\d+\.toml"

_WRITERS = {name: writer for writer, names in _FILES.items() for name in names.split()}
_FOLDER_WRITERS = {name: writer for writer, names in _FOLDERS.items() for name in names.split()}
_TELLING = frozenset((*_FOLDER_WRITERS, *_INSIDE))
_BY_EXTENSION: dict[str, list[tuple[str, str]]] = {}
for _writer, _names in ENDINGS.items():
    for _ending in _names.split():
        _BY_EXTENSION.setdefault(_ending.rpartition(".")[2], []).append((_ending, _writer))


def generated_name(path: str) -> str:
    """Give the words that show a path to be generated or vendored code, such as "go.sum is written by the go command"; "" if none do.

    `path` is relative to the top of the repository. Upper and lower case count in names and folders, not in endings, as in linguist.
    """
    *folders, name = path.split("/")
    if name in _WRITERS:
        return f"{name} is written by {_WRITERS[name]}"
    return (
        ("" if _TELLING.isdisjoint(folders) else _by_folder(path, folders))
        or _by_ending(name)
        or _by_form(name)
    )


def _by_folder(path: str, folders: list[str]) -> str:
    rooted = "/" + path
    for folder in folders:
        if folder in _FOLDER_WRITERS:
            return f"{folder}/ is written by {_FOLDER_WRITERS[folder]}"
        for part, writer in _INSIDE.get(folder, {}).items():
            if part in rooted:
                return f"{part[1:]} is written by {writer}"
    return (
        "vendor/ is written by go mod vendor"
        if "vendor" in folders and _is_go_vendor(folders)
        else ""
    )


def _is_go_vendor(folders: list[str]) -> bool:
    """`go mod vendor` keeps each module below the domain that it comes from (https://go.dev/ref/mod#go-mod-vendor)."""
    below = folders[folders.index("vendor") + 1 :][:1]
    return any("." in domain[1:] and domain.rpartition(".")[2] in _DOMAINS for domain in below)


def _by_ending(name: str) -> str:
    lower = name.lower()
    stem, _, extension = lower.rpartition(".")
    if stem.endswith(".generated") and len(stem) > len(".generated"):
        return f"*.generated.{extension} is written by a code generator"
    endings = _BY_EXTENSION.get(extension, ())
    return next(
        (
            f"*{ending} is written by {writer}"
            for ending, writer in endings
            if lower.endswith(ending)
        ),
        "",
    )


def _by_form(name: str) -> str:
    """What is told by how its name begins and ends."""
    if name.endswith(".lock"):
        if name.startswith("mise."):
            return "mise.*.lock is written by mise"
        return "*.esy.lock is written by esy" if name.endswith(".esy.lock") else ""
    if name.startswith((".pnp.", "zz_generated.")):
        return (
            ".pnp.* is written by Yarn"
            if name[0] == "."
            else "zz_generated.* is written by a Kubernetes code generator"
        )
    if not name.endswith(".toml"):
        return ""
    if re.fullmatch(_NUMBERED, name):
        return f"{name} is written by Julia"
    return (
        "pylock.*.toml is written by a Python installer (PEP 751)"
        if name.startswith("pylock.")
        else ""
    )
