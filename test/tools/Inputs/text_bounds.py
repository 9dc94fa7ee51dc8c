"""MLIR texts that its parser does not survive: refused by one line that names the line. Usage: text_bounds.py GRAPH SCRATCH"""
import sys

from expect import Expectations

graph, scratch = sys.argv[1:3]
expect = Expectations()
text = open(graph).read()
deep = {
    "regions": "module {\n" + "scf.execute_region {\n" * 5000 + "}\n" * 5000 + "}\n",
    "modules": "module {\n" * 20000 + "}\n" * 20000,
    "parentheses": "#map = affine_map<(d0) -> (" + "(" * 5000 + "d0" + ")" * 5000 + ")>\nmodule {}\n",
    "lists": "module attributes {a = " + "[" * 5000 + "]" * 5000 + "} {}\n",
    "dictionaries": "module attributes {a = " + "{a = " * 5000 + "1" + "}" * 5000 + "} {}\n",
    "types": "func.func private @f(" + "tuple<" * 5000 + "i1" + ">" * 5000 + ")\n",
    "locations": "module {} loc(" + "fused[" * 5000 + "unknown" + "]" * 5000 + ")\n",
    "unclosed": "module attributes {a = " + "<[{(" * 2000,
    "operators": "#map = affine_map<(d0) -> (" + "d0 + " * 20000 + "d0)>\nmodule {}\n",
    "signs": "#map = affine_map<(d0) -> (" + "- " * 20000 + "d0)>\nmodule {}\n",
    "digits": "module attributes {a = " + "9" * 100000 + "} {}\n",
    "shape": "func.func private @f(tensor<" + "9" * 100000 + "xf32>)\n",
    "hex": "module attributes {a = 0x" + "f" * 100000 + " : i8} {}\n",
    "real": "module attributes {a = 1." + "3" * 100000 + "} {}\n",
}
for name, content in deep.items():
    path = f"{scratch}/{name}.mlir"
    open(path, "w").write("// A comment with (((( [[[[ and 1\n" + content)
    pattern = rf"{name}\.mlir:\d+: has (more than \d+ (brackets in each other|operators in one expression)|a number of more than \d+ digits), which MLIR's parser does not survive"
    expect.fails(name, ["ternc", f"--from={path}", "--emit=tiled", "-o", "-"], pattern)
    for tool, more in (("tern-opt", []), ("tern-reduce", ["-reduction-tree=traversal-mode=0 test=/bin/true"])):
        expect.fails(name, [tool, path] + more, pattern)
path = f"{scratch}/lists.mlir"
for option in ("--transform", "--kernel-library"):
    expect.fails(option, ["ternc", f"--from={graph}", "--emit=tiled", f"{option}={path}", "-o", "-"], r"lists\.mlir:\d+: has more than")
# In strings and comments anything may stand; 200 brackets are none too many.
import subprocess

path = f"{scratch}/good.mlir"
open(path, "w").write("// " + "(" * 5000 + "9" * 5000 + "\n" + '#text = "' + "([{<" * 5000 + '\\"' + "9" * 5000 + '"\n#deep = ' + "[" * 200 + "]" * 200 + "\nmodule {}\n")
done = subprocess.run(["tern-opt", path, "-o", "/dev/null"], capture_output=True, text=True)
if done.returncode != 0:
    expect.failures.append(f"a good text: {done.stderr[:300]}")
expect.finish(at_least=40)
