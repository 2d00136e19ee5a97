"""Messages and gRPC stubs from .proto files under //proto.

The import root is //proto: `import "latchkey/v1/auth.proto"`, and
`#include "latchkey/v1/auth.pb.h"` in C++. The generated folders are system
include folders, so that generated headers are not met by our warnings.
"""

_PROTO_ROOT = "/proto"
_WELL_KNOWN = "@com_google_protobuf//:"

def _generate_impl(ctx):
    info = ctx.attr.proto[ProtoInfo]
    names = [
        source.path[len(info.proto_source_root) + 1:]
        for source in info.direct_sources
    ]
    outputs = [
        ctx.actions.declare_file("/".join([
            ctx.attr.folder,
            name[:-len(".proto")] + extension,
        ]))
        for name in names
        for extension in ctx.attr.extensions
    ]
    args = ctx.actions.args()
    args.add_all(ctx.attr.flags)
    args.add("--%s_out=%s" % (ctx.attr.language, "/".join([
        ctx.bin_dir.path,
        ctx.label.package,
        ctx.attr.folder,
    ])))
    args.add_joined(
        info.transitive_descriptor_sets,
        format_joined = "--descriptor_set_in=%s",
        join_with = ":",
    )
    args.add_all(names)
    ctx.actions.run(
        executable = ctx.executable._protoc,
        arguments = [args],
        inputs = info.transitive_descriptor_sets,
        outputs = outputs,
        mnemonic = "GenerateProto",
        progress_message = "Generating %s" % ctx.label,
    )
    return [DefaultInfo(files = depset(outputs))]

_generate = rule(
    implementation = _generate_impl,
    attrs = {
        "extensions": attr.string_list(mandatory = True),
        "flags": attr.string_list(),
        "folder": attr.string(mandatory = True),
        "language": attr.string(mandatory = True),
        "proto": attr.label(mandatory = True, providers = [ProtoInfo]),
        "_protoc": attr.label(
            default = "@com_google_protobuf//:protoc",
            executable = True,
            cfg = "host",
        ),
    },
)

def _generated_library(name, deps, kwargs, **generate):
    folder = "_generated/" + name
    _generate(
        name = name + "_sources",
        folder = folder,
        visibility = ["//visibility:private"],
        **generate
    )
    native.cc_library(
        name = name,
        srcs = [":" + name + "_sources"],
        hdrs = [":" + name + "_sources"],
        includes = [folder],
        deps = deps + ["@com_google_protobuf//:protobuf"],
        **kwargs
    )

def _cc_name(proto):
    if not proto.endswith("_proto"):
        fail("names of lk_proto_library end in _proto: " + proto)
    return proto[:-len("_proto")] + "_cc_proto"

def lk_proto_library(name, srcs, deps = [], visibility = None):
    """Makes NAME (a proto_library) and its C++ messages.

    Args:
      name: ends in _proto; `x_proto` also makes the C++ library `x_cc_proto`.
      srcs: .proto files below //proto.
      deps: other targets of lk_proto_library, well-known protos.
      visibility: of both targets.
    """
    native.proto_library(
        name = name,
        srcs = srcs,
        deps = deps,
        strip_import_prefix = _PROTO_ROOT,
        visibility = visibility,
    )
    _generated_library(
        name = _cc_name(name),
        language = "cpp",
        extensions = [".pb.h", ".pb.cc"],
        proto = name,
        deps = [_cc_name(d) for d in deps if not d.startswith(_WELL_KNOWN)],
        kwargs = {"visibility": visibility},
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
    _generated_library(
        name = name,
        language = "grpc",
        extensions = [".grpc.pb.h", ".grpc.pb.cc"],
        flags = ["--plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin"],
        proto = srcs[0],
        deps = deps + ["@distro//:grpcpp"],
        kwargs = {"visibility": visibility},
    )
