# lit: the IR tests (test/**/*.mlir) and the command-line tests (test/**/*.test).
import os
import lit.formats
import lit.llvm
import lit.util

lit.llvm.initialize(lit_config, config)

config.name = "tern"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.tern_binary_dir, "test")
config.excludes = ["lit.cfg.py", "Inputs"]

config.environment["PATH"] = os.pathsep.join(
    [os.path.join(config.tern_binary_dir, "bin"), config.llvm_tools_dir, config.environment["PATH"]]
)
config.substitutions.append(("%source", config.tern_source_dir))
# What test/checkpoints/make_checkpoints.py made, by the build.
config.substitutions.append(("%checkpoints", os.path.join(config.tern_binary_dir, "test", "checkpoints")))
config.substitutions.append(("%examples", os.path.join(config.tern_source_dir, "examples")))
# The shipped checkpoint, compiled for this CPU once, by the build.
config.substitutions.append(("%tiny", os.path.join(config.tern_binary_dir, "test", "tools", "tiny.tern")))
config.substitutions.append(("%bin", os.path.join(config.tern_binary_dir, "bin")))
# An emulator of the architecture that models are cross-compiled for; setup installs it.
if lit.util.which("qemu-aarch64", config.environment["PATH"]):
    config.available_features.add("qemu-aarch64")
