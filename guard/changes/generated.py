"""Which names show that no person writes a file. `header.py` reads what the file itself says.

The names are those that GitHub's linguist leaves out of diffs
(https://github.com/github-linguist/linguist, lib/linguist/generated.rb), but each as a whole name,
and those that further package managers and generators document.
"""

import re
from typing import NamedTuple

# Writer → names of its files. yarn.lock is left to `generated_header`: linguist looks inside, too.
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
# Writer → how the names of its files end, in lower case.
ENDINGS = {
    "protoc": ".pb.go .pb.cc .pb.h .pb.swift .pb.dart .pbenum.dart .pbjson.dart .pbserver.dart "
    ".pbgrpc.dart _pb2.py _pb2.pyi _pb.js _pb.ts _pb.d.ts _pb.rb .pb.ts .pb.validate.go",
    "gRPC": "_grpc.pb.go .pb.gw.go .grpc.pb.cc .grpc.pb.h .grpc.swift _pb2_grpc.py _pb2_grpc.pyi "
    "_grpc_pb.js _grpc_pb.d.ts",
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
# Writer → names of its folders.
_FOLDERS = {
    "a package manager": "node_modules",
    "CocoaPods": "Pods",
    "godep": "Godeps",
    "IntelliJ IDEA": ".idea",
    "coverage.py": "htmlcov",
    "a code generator": "__generated__ generated-sources .openapi-generator",
}
# Folder → parts of a path with that folder → their writer.
_INSIDE = {
    "Carthage": {"/Carthage/Build/": "Carthage"},
    ".yarn": {f"/.yarn/{folder}/": "Yarn" for folder in ("cache", "plugins", "releases", "sdks")},
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

_NAME_WRITERS = {name: writer for writer, names in _FILES.items() for name in names.split()}
_FOLDER_WRITERS = {name: writer for writer, names in _FOLDERS.items() for name in names.split()}
_TELLING = frozenset((*_FOLDER_WRITERS, *_INSIDE))


class Generated(NamedTuple):
    """Why a path is generated: by `attribute`, `name` or `header`, and the text that shows it."""

    by: str
    evidence: str


def generated_name(path: str) -> str:
    """Say why a path is generated or vendored code: "go.sum is written by the go command".

    Gives "" for any other path. `path` is relative to the top of the repository. As in linguist,
    case matters in names and folders, not in endings.
    """
    *folders, name = path.split("/")
    if name in _NAME_WRITERS:
        return f"{name} is written by {_NAME_WRITERS[name]}"
    by_folder = "" if _TELLING.isdisjoint(folders) else _by_folder(path, folders)
    return by_folder or _by_ending(name) or _by_form(name)


def _by_folder(path: str, folders: list[str]) -> str:
    rooted = "/" + path
    for folder in folders:
        if folder in _FOLDER_WRITERS:
            return f"{folder}/ is written by {_FOLDER_WRITERS[folder]}"
        for part, writer in _INSIDE.get(folder, {}).items():
            if part in rooted:
                return f"{part[1:]} is written by {writer}"
    if "vendor" in folders and _is_go_vendor(folders):
        return "vendor/ is written by go mod vendor"
    return ""


def _is_go_vendor(folders: list[str]) -> bool:
    """`go mod vendor` makes folders with the names of domains (https://go.dev/ref/mod)."""
    below = folders[folders.index("vendor") + 1 :][:1]
    return any("." in domain[1:] and domain.rpartition(".")[2] in _DOMAINS for domain in below)


def _endings_by_extension() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for writer, endings in ENDINGS.items():
        for ending in endings.split():
            found.setdefault(ending.rpartition(".")[2], []).append((ending, writer))
    return found


_BY_EXTENSION = _endings_by_extension()


def _by_ending(name: str) -> str:
    lower = name.lower()
    stem, _, extension = lower.rpartition(".")
    if stem.endswith(".generated") and len(stem) > len(".generated"):
        return f"*.generated.{extension} is written by a code generator"
    for ending, writer in _BY_EXTENSION.get(extension, ()):
        if lower.endswith(ending):
            return f"*{ending} is written by {writer}"
    return ""


def _by_form(name: str) -> str:
    if name.endswith(".lock"):
        if name.startswith("mise."):
            return "mise.*.lock is written by mise"
        return "*.esy.lock is written by esy" if name.endswith(".esy.lock") else ""
    if name.startswith(".pnp."):
        return ".pnp.* is written by Yarn"
    if name.startswith("zz_generated."):
        return "zz_generated.* is written by a Kubernetes code generator"
    if not name.endswith(".toml"):
        return ""
    if re.fullmatch(_NUMBERED, name):
        return f"{name} is written by Julia"
    if name.startswith("pylock."):
        return "pylock.*.toml is written by a Python installer (PEP 751)"
    return ""
