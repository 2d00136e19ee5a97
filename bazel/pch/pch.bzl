"""Precompiled headers for g++; see docs/adr/0026."""

load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def _impl(ctx):
    # In a folder of its own: g++ takes `-include NAME` from the first place that
    # has it, and looks for the compiled form there alone.
    header = ctx.actions.declare_file("built/" + ctx.file.header.basename)
    compiled = ctx.actions.declare_file(header.basename + ".gch", sibling = header)
    ctx.actions.symlink(output = header, target_file = ctx.file.header)

    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    used = cc_common.merge_cc_infos(cc_infos = [
        # What they link is the user's own choice.
        CcInfo(compilation_context = dep[CcInfo].compilation_context)
        for dep in ctx.attr.deps
    ])
    context = used.compilation_context
    variables = cc_common.create_compile_variables(
        cc_toolchain = toolchain,
        feature_configuration = features,
        preprocessor_defines = context.defines,
        system_include_directories = context.system_includes,
        quote_include_directories = depset([".", header.root.path]),
        use_pic = ctx.var["COMPILATION_MODE"] != "opt",
        user_compile_flags = ctx.fragments.cpp.copts +
                             ctx.fragments.cpp.cxxopts + ctx.attr.copts,
    )
    arguments = cc_common.get_memory_inefficient_command_line(
        action_name = "c++-compile",
        feature_configuration = features,
        variables = variables,
    )
    ctx.actions.run(
        mnemonic = "CppPrecompile",
        executable = cc_common.get_tool_for_action(
            action_name = "c++-compile",
            feature_configuration = features,
        ),
        arguments = arguments +
                    ["-x", "c++-header", header.path, "-o", compiled.path],
        env = cc_common.get_environment_variables(
            action_name = "c++-compile",
            feature_configuration = features,
            variables = variables,
        ),
        inputs = depset(
            [header] + ctx.files.srcs,
            transitive = [toolchain.all_files, context.headers],
        ),
        outputs = [compiled],
    )
    return [
        DefaultInfo(files = depset([header, compiled])),
        cc_common.merge_cc_infos(cc_infos = [
            # g++ takes the compiled form only where macros are the same.
            used,
            CcInfo(compilation_context = cc_common.create_compilation_context(
                headers = depset([header, compiled] + ctx.files.srcs),
                quote_includes = depset([header.root.path]),
            )),
        ]),
    ]

cc_precompiled_header = rule(
    implementation = _impl,
    doc = "A header compiled ahead for `-include PACKAGE/built/HEADER`.",
    attrs = {
        "copts": attr.string_list(doc = "Must be those of the users."),
        "deps": attr.label_list(
            providers = [CcInfo],
            doc = "Whose headers it includes, where they set macros.",
        ),
        "header": attr.label(allow_single_file = [".h"], mandatory = True),
        "srcs": attr.label_list(
            allow_files = [".h"],
            doc = "What it includes of this package.",
        ),
        "_cc_toolchain": attr.label(
            default = Label("@bazel_tools//tools/cpp:current_cc_toolchain"),
        ),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
