"""The C++ toolchain Bazel finds by itself, with one repair for clang.

With layering_check, Bazel's module maps name the maps of transitive
dependencies; clang then reports those as inputs, which Bazel 4.2 refuses as
undeclared. Without the `extern module` lines only direct ones are read, and
those are all that the check looks at.
"""

load(
    "@bazel_tools//tools/cpp:cc_configure.bzl",
    "cc_autoconf_impl",
)

_MODULE_MAPS = 'feature(name = "module_maps", enabled = True),'
_WITHOUT_EXTERN = """
        feature(name = "module_map_without_extern_module", enabled = True),"""

def _impl(ctx):
    cc_autoconf_impl(ctx)
    text = ctx.read("cc_toolchain_config.bzl")
    if _MODULE_MAPS not in text:
        fail("this Bazel's C++ toolchain is not the one latchkey knows (4.2)")
    ctx.delete("cc_toolchain_config.bzl")
    ctx.file(
        "cc_toolchain_config.bzl",
        text.replace(_MODULE_MAPS, _MODULE_MAPS + _WITHOUT_EXTERN),
    )

cc_toolchain_repository = repository_rule(
    implementation = _impl,
    environ = ["CC"],
    configure = True,
)
