"""The C++ rules of latchkey: native ones with the project's warnings.

Warnings are errors in our own code only; generated code and the headers of
Debian's libraries (system headers) are not touched by them.
"""

_COPTS = [
    "-std=c++20",
    "-Wall",
    "-Wextra",
    "-Wshadow",
    "-Wconversion",
    "-Wnon-virtual-dtor",
    "-Werror",
]

# As in g++, -Wconversion is about lost values and not about signs.
_CLANG_COPTS = [
    "-Wno-sign-conversion",
    "-Wthread-safety",
    "-Wthread-safety-beta",
]

# g++ 12 sees overlapping or endless copies in std::string (PR 105329, 105651).
_GCC_COPTS = ["-Wno-restrict", "-Wno-stringop-overflow"]

# What a test itself does need not be fast, but quick to compile.
_TEST_COPTS = select({
    "//bazel:static": ["-O0"],
    "//conditions:default": [],
})

# Half of the time of most files went into the same few headers. clang compiles
# without, and so sees an include that is missing.
def _precompiled(header):
    return select({
        "//bazel:clang": [],
        "//conditions:default": [
            # What cannot be used would only be slow, and nobody would know.
            "-Winvalid-pch",
            "-include",
            "bazel/pch/built/%s.h" % header,
        ],
    })

def _precompiled_deps(header):
    return select({
        "//bazel:clang": [],
        "//conditions:default": ["//bazel/pch:" + header],
    })

def _copts(extra):
    return _COPTS + select({
        "//bazel:clang": _CLANG_COPTS,
        "//conditions:default": _GCC_COPTS,
    }) + extra

def _product_copts(extra):
    return _precompiled("product") + _copts(extra)

def _test_copts(extra):
    return _precompiled("test") + _copts(extra) + _TEST_COPTS

# TSan cannot see through Debian's own absl::Mutex; see bazel/tsan.
def _program_deps(deps):
    return deps + select({
        "//bazel:tsan": ["//bazel/tsan:absl_mutex"],
        "//conditions:default": [],
    })

# Shipped programs are small and start fast; tests are linked fast instead.
def _binary_deps(deps):
    return _program_deps(deps) + select({
        "//bazel:static": ["@distro//:static"],
        "//conditions:default": [],
    })

def lk_cc_library(name, copts = [], deps = [], testonly = False, **kwargs):
    """A cc_library with the project's warnings.

    Args:
      name: name of the target.
      copts: further compiler flags.
      deps: as for cc_library.
      testonly: as for cc_library; compiled as tests are.
      **kwargs: as for cc_library.
    """
    native.cc_library(
        name = name,
        testonly = testonly,
        copts = _test_copts(copts) if testonly else _product_copts(copts),
        deps = deps + _precompiled_deps("test" if testonly else "product"),
        **kwargs
    )

def lk_cc_binary(name, copts = [], deps = [], **kwargs):
    """A cc_binary with the project's warnings.

    Args:
      name: name of the target.
      copts: further compiler flags.
      deps: as for cc_binary.
      **kwargs: as for cc_binary.
    """
    native.cc_binary(
        name = name,
        copts = _product_copts(copts),
        deps = _binary_deps(deps) + _precompiled_deps("product"),
        **kwargs
    )

def lk_cc_test(name, copts = [], deps = [], size = "small", **kwargs):
    """A cc_test with GoogleTest's main and GoogleMock's matchers.

    Args:
      name: name of the target.
      copts: further compiler flags.
      deps: as for cc_test.
      size: as for cc_test.
      **kwargs: as for cc_test.
    """
    native.cc_test(
        name = name,
        size = size,
        copts = _test_copts(copts),
        deps = _program_deps(deps + [
            "@distro//:gmock",
            "@distro//:gtest_main",
        ]) + _precompiled_deps("test"),
        **kwargs
    )

def lk_fuzz_test(name, srcs, deps, **kwargs):
    """A fuzz target, NAME_fuzz_test.

    With --config=fuzz it is a libFuzzer program. Otherwise it is a test that
    runs every file of corpora/NAME and crashes/NAME once.

    Args:
      name: name of the target and of its folders.
      srcs: sources; they define latchkey::FuzzOne.
      deps: as for cc_test.
      **kwargs: as for cc_test.
    """
    package = native.package_name()
    folders = []
    files = []
    for folder in ["corpora/" + name, "crashes/" + name]:
        found = native.glob([folder + "/*"], allow_empty = True)
        if found:
            folders.append(package + "/" + folder)
            files += found
    native.cc_test(
        name = name + "_fuzz_test",
        size = "small",
        srcs = srcs,
        # Without -runs=0 libFuzzer would go on for ever.
        args = ["-runs=0"] + folders,
        copts = _test_copts([]),
        data = files,
        linkopts = select({
            "//bazel:fuzz": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        deps = _program_deps(deps + ["//tests/fuzz:entry"]) + select({
            "//bazel:fuzz": [],
            "//conditions:default": ["//tests/fuzz:replay_main"],
        }) + _precompiled_deps("test"),
        **kwargs
    )
