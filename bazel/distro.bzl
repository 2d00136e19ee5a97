"""Debian's libraries and Bazel rules as repositories; nothing is downloaded.

`@distro//:NAME` is one cc_library per library, with the flags pkg-config gives.
`@distro//:static` makes a program prefer their archives: docs/adr/0013.
"""

load("//bazel:toolchain.bzl", "cc_toolchain_repository")

_RULES = "/usr/share/bazel"

_EMPTY = """\
package(default_visibility = ["//visibility:public"])
"""

# Target -> pkg-config names. An empty list is a library of headers alone, or
# one that is loaded when it is needed (curl).
_PKG_CONFIG = {
    "argon2": ["libargon2"],
    "benchmark": ["benchmark"],
    "boost": [],
    "cli11": [],
    "crypt": ["libxcrypt"],
    "curl": [],
    "gmock": ["gmock"],
    "gtest": ["gtest"],
    "gtest_main": ["gtest_main"],
    "prometheus": ["prometheus-cpp-core"],
    "qrencode": ["libqrencode"],
    "re2": ["re2"],
    "simdjson": ["simdjson"],
    "sodium": ["libsodium"],
    "sqlite3": ["sqlite3"],
    "system_openssl": ["openssl"],
    "yaml_cpp": ["yaml-cpp"],
    "zip": ["libzip"],
}

# Linked into the programs of --config=release, with all of Abseil. Not
# OpenSSL: its fixes should arrive without building latchkey again. Debian has
# no archives of simdjson and prometheus-cpp.
_ARCHIVES = [
    "address_sorting",
    "argon2",
    "cares",
    "gpr",
    "grpc",
    "grpc++",
    "protobuf",
    "re2",
    "sodium",
    "sqlite3",
    "upb",
    "yaml-cpp",
    "z",
]

_DEPS = {
    "gmock": ["gtest"],
    "gtest_main": ["gtest"],
    "re2": ["absl"],
}

# For tests alone; what needs them is left out of the build when they are not
# installed (the group test of packages.txt).
_OPTIONAL = {
    "cpp_jwt": ("/usr/include/jwt/jwt.hpp", []),
    "libjwt": ("/usr/include/jwt.h", ["-ljwt"]),
    "valgrind": ("/usr/include/valgrind/memcheck.h", []),
}

_MISSING = """
cc_library(
    name = "%s",
    target_compatible_with = ["@platforms//os:windows"],
)
"""

# BoringSSL as Debian packages it for Android tools; chosen by
# --config=boringssl, where no gRPC (and so no OpenSSL) may be linked.
_CRYPTO = """
cc_library(
    name = "boringssl",
    linkopts = [
        "-L/usr/lib/x86_64-linux-gnu/android",
        "-Wl,-rpath,/usr/lib/x86_64-linux-gnu/android",
        "-l:libcrypto.so.0",
    ],
    hdrs = glob(["boringssl/openssl/*.h"], allow_empty = True),
    includes = ["boringssl"],
)

alias(
    name = "openssl",
    actual = select({
        "@latchkey//bazel:boringssl": ":boringssl",
        "//conditions:default": ":system_openssl",
    }),
)
"""

def _unique(items):
    seen = {}
    for item in items:
        seen[item] = None
    return seen.keys()

def _pkg_config(ctx, arguments):
    result = ctx.execute(["pkg-config"] + arguments)
    if result.return_code != 0:
        fail("pkg-config %s: %s(apt packages: bazel/packages.txt)" % (
            " ".join(arguments),
            result.stderr,
        ))
    return [flag for flag in result.stdout.strip().split(" ") if flag]

def _cc_library(name, libs, defines, deps):
    linkopts = ["-Wl,--as-needed"] + libs if libs else []
    return """
cc_library(
    name = "%s",
    defines = %s,
    linkopts = %s,
    deps = %s,
)
""" % (name, defines, linkopts, [":" + dep for dep in deps])

def _library(ctx, name, modules, deps):
    if not modules:
        return _cc_library(name, [], [], deps)
    libs = _pkg_config(ctx, ["--libs"] + modules)
    cflags = _pkg_config(ctx, ["--cflags-only-other"] + modules)
    defines = [flag[2:] for flag in cflags if flag.startswith("-D")]
    return _cc_library(name, _unique(libs), defines, deps)

def _absl_modules(ctx):
    names = _pkg_config(ctx, ["--list-package-names"])
    modules = [
        name
        for line in names
        for name in line.split("\n")
        if name.startswith("absl_")
    ]
    return sorted(modules)

# The linker looks for -lNAME here first and finds archives alone. They need
# each other in every order, hence the group.
def _static_library(ctx):
    libs = ["-Lexternal/distro/static", "-Wl,--start-group"]
    folder = _pkg_config(ctx, ["--variable=libdir", "protobuf"])[0]
    for name in _ARCHIVES + _absl_modules(ctx):
        archive = ctx.path("%s/lib%s.a" % (folder, name))
        if archive.exists:  # some of Abseil's are headers alone
            ctx.symlink(archive, "static/lib%s.a" % name)
            libs.append("-l" + name)
    return """
cc_library(
    name = "static",
    linkopts = %s,
)
""" % (libs + ["-Wl,--end-group", "-Wl,--as-needed", "-lssl", "-lcrypto"])

def _distro_impl(ctx):
    build = [_EMPTY]
    for name, modules in _PKG_CONFIG.items():
        build.append(_library(ctx, name, modules, _DEPS.get(name, [])))
    build.append(_library(ctx, "absl", _absl_modules(ctx), []))
    build.append(_static_library(ctx))
    for name, (header, libs) in _OPTIONAL.items():
        if ctx.path(header).exists:
            build.append(_cc_library(name, libs, [], []))
        else:
            build.append(_MISSING % name)

    # grpc++.pc repeats all of Abseil some hundred times, so by hand.
    build.append(_cc_library(
        "grpcpp",
        ["-lgrpc++", "-lgrpc", "-lgpr", "-lprotobuf"],
        [],
        ["absl"],
    ))
    if ctx.path("/usr/include/android/openssl").exists:
        ctx.symlink("/usr/include/android", "boringssl")
    build.append(_CRYPTO)
    ctx.file("WORKSPACE", "")
    ctx.file("BUILD.bazel", "".join(build))

_distro = repository_rule(
    implementation = _distro_impl,
    local = True,
    configure = True,
)

def _rules_cc_impl(ctx):
    # rules_cc 0.0.4 is written for a newer Bazel than Debian's in two files.
    root = _RULES + "/rules/cc"
    ctx.execute(["cp", "-rL", root + "/.", "."])
    patched = [
        "cc/private/rules_impl/compiler_flag.bzl",
        "cc/private/rules_impl/cc_flags_supplier.bzl",
    ]
    for path in patched:
        text = ctx.read(root + "/" + path)
        text = text.replace(', "use_cpp_toolchain")', ")")
        text = text.replace(
            "use_cpp_toolchain()",
            '["@bazel_tools//tools/cpp:toolchain_type"]',
        )
        ctx.file(path, text)

_rules_cc = repository_rule(implementation = _rules_cc_impl, local = True)

# name of the well-known .proto -> the others it imports.
_WELL_KNOWN = {
    "any": [],
    "api": ["source_context", "type"],
    "descriptor": [],
    "duration": [],
    "empty": [],
    "field_mask": [],
    "source_context": [],
    "struct": [],
    "timestamp": [],
    "type": ["any", "source_context"],
    "wrappers": [],
}

_PROTOBUF = """
filegroup(
    name = "protoc",
    srcs = ["bin/protoc"],
)

cc_library(
    name = "protobuf",
    linkopts = ["-Wl,--as-needed", "-lprotobuf", "-pthread"],
    deps = select({
        "@latchkey//bazel:tsan": ["@latchkey//bazel/tsan:protobuf_headers"],
        "//conditions:default": [],
    }),
)
"""

_WELL_KNOWN_LIBRARY = """
proto_library(
    name = "%s_proto",
    srcs = ["include/google/protobuf/%s.proto"],
    strip_import_prefix = "include",
    deps = %s,
)
"""

def _protobuf_build():
    build = _EMPTY + _PROTOBUF
    for name, imports in _WELL_KNOWN.items():
        deps = [":%s_proto" % other for other in imports]
        build += _WELL_KNOWN_LIBRARY % (name, name, deps)
    return build

def latchkey_repositories():
    """Declares every repository the build uses."""
    cc_toolchain_repository(name = "local_config_cc")
    _rules_cc(name = "rules_cc")
    native.local_repository(
        name = "bazel_skylib",
        path = _RULES + "/tools/skylib",
    )
    native.local_repository(name = "platforms", path = _RULES + "/platforms")
    native.local_repository(
        name = "rules_java",
        path = _RULES + "/rules/java",
    )
    native.local_repository(
        name = "rules_proto",
        path = _RULES + "/rules/proto",
    )
    native.new_local_repository(
        name = "remote_coverage_tools",
        path = "/usr/share/bazel/platforms/os",
        build_file_content = _EMPTY +
                             'filegroup(name = "coverage_report_generator")\n',
    )
    native.new_local_repository(
        name = "com_google_protobuf",
        path = "/usr",
        build_file_content = _protobuf_build(),
    )
    _distro(name = "distro")
