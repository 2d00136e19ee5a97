"""Messages and gRPC stubs from .proto files under //proto.

The import root is //proto: `import "latchkey/v1/auth.proto"`, and
`#include "latchkey/v1/auth.pb.h"` in C++.
"""

_PROTO_ROOT = "proto"

def _as_system_impl(ctx):
    # Generated headers do not pass our warnings: hand their folders on as
    # system include folders.
    info = ctx.attr.dep[CcInfo]
    context = info.compilation_context
    return [
        CcInfo(
            compilation_context = cc_common.create_compilation_context(
                headers = context.headers,
                system_includes = depset(transitive = [
                    context.includes,
                    context.system_includes,
                ]),
                quote_includes = context.quote_includes,
                defines = context.defines,
            ),
            linking_context = info.linking_context,
        ),
        DefaultInfo(files = ctx.attr.dep[DefaultInfo].files),
    ]

_as_system = rule(
    implementation = _as_system_impl,
    attrs = {"dep": attr.label(mandatory = True, providers = [CcInfo])},
    provides = [CcInfo],
)

def _grpc_sources_impl(ctx):
    info = ctx.attr.proto[ProtoInfo]
    folder = ctx.attr.folder
    names = [
        source.path[len(info.proto_source_root) + 1:]
        for source in info.direct_sources
    ]
    outputs = [
        ctx.actions.declare_file(folder + "/" + name[:-len("proto")] + end)
        for name in names
        for end in ["grpc.pb.h", "grpc.pb.cc"]
    ]
    out_dir = "/".join([ctx.bin_dir.path, ctx.label.package, folder])
    descriptors = info.transitive_descriptor_sets
    args = ctx.actions.args()
    args.add("--plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin")
    args.add(out_dir, format = "--grpc_out=%s")
    args.add_joined(
        descriptors,
        format_joined = "--descriptor_set_in=%s",
        join_with = ":",
    )
    args.add_all(names)
    ctx.actions.run(
        executable = ctx.executable._protoc,
        arguments = [args],
        inputs = descriptors,
        outputs = outputs,
        mnemonic = "GrpcGenerate",
    )
    return [DefaultInfo(files = depset(outputs))]

_grpc_sources = rule(
    implementation = _grpc_sources_impl,
    attrs = {
        "folder": attr.string(mandatory = True),
        "proto": attr.label(mandatory = True, providers = [ProtoInfo]),
        "_protoc": attr.label(
            default = "@com_google_protobuf//:protoc",
            executable = True,
            cfg = "host",
        ),
    },
)

def lk_proto_library(name, srcs, deps = [], visibility = None, **kwargs):
    """Makes NAME (a proto_library) and its C++ messages.

    Args:
      name: ends in _proto; `x_proto` also makes the C++ library `x_cc_proto`.
      srcs: .proto files below //proto.
      deps: other proto_library targets.
      visibility: of both targets.
      **kwargs: as for proto_library.
    """
    if not name.endswith("_proto"):
        fail("lk_proto_library names end in _proto: " + name)
    base = name[:-len("_proto")]
    native.proto_library(
        name = name,
        srcs = srcs,
        deps = deps,
        strip_import_prefix = "/" + _PROTO_ROOT,
        visibility = visibility,
        **kwargs
    )
    native.cc_proto_library(
        name = base + "_generated",
        deps = [":" + name],
        visibility = ["//visibility:private"],
    )
    _as_system(
        name = base + "_cc_proto",
        dep = ":" + base + "_generated",
        visibility = visibility,
    )

def lk_grpc_library(name, srcs, deps = [], visibility = None):
    """Makes the C++ gRPC stubs of one lk_proto_library.

    Args:
      name: of the C++ library.
      srcs: exactly one proto_library.
      deps: the C++ messages of that proto_library.
      visibility: of the library.
    """
    if len(srcs) != 1:
        fail("lk_grpc_library takes one proto_library: " + name)
    folder = "_grpc/" + name
    _grpc_sources(
        name = name + "_sources",
        folder = folder,
        proto = srcs[0],
    )
    native.cc_library(
        name = name,
        srcs = [":" + name + "_sources"],
        includes = [folder],
        deps = deps + [
            "@com_google_protobuf//:protobuf",
            "@distro//:grpcpp",
        ],
        visibility = visibility,
    )
