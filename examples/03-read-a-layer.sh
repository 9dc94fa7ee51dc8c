#!/usr/bin/env bash
# Lesson 3: read one layer at every phase, from the checkpoint's name to its instructions (docs/read-a-layer.md explains what is shown).
#   examples/03-read-a-layer.sh [folder with the tools, default build/release/bin]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
bin=$(cd "${1:-$root/build/release/bin}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
model=$root/examples/tiny-shakespeare

# Shows the first lines of a file that have a text in them, cut to the terminal; none is an error, since the page quotes them.
show() {
  echo "--- $1: $2"
  grep -m "${3:-1}" -- "$2" "$work/$1" | cut -c 1-160
}

# 1. One linear layer at each phase, by one kernel family for a CPU that need not be this one.
for phase in graph ternary tiled vector llvm asm; do
  "$bin/ternc" "$model" --quiet --only=blk.0.attn_k --target-cpu=znver4 --kernel=dot2-v64 --emit=$phase -o "$work/$phase"
done
show graph 'ternary.linear'
show ternary 'ternary.quantize'
show ternary 'ternary.matmul'
show ternary 'ternary.rescale'
show tiled 'step.share'
show tiled 'call @gemm_128x256_t1'
show tiled 'ternary.unpack' 2
show tiled 'ternary.dot' 2
show vector 'arith.andi' 2
show llvm 'vpdpbusd.512' 2
show asm 'vpdpbusd' 4

# What the page quotes is what the phases print, but for the numbers of values and what it leaves out.
python3 - "$root/docs/read-a-layer.md" "$work"/{graph,ternary,tiled,vector,llvm,asm} <<'END'
import re, sys
texts = "".join(open(path).read() for path in sys.argv[2:])
for line in open(sys.argv[1]):
    quote = line.strip()
    if not re.match(r"    (%|decoder\.|tail call|vpdpbusd)", line):
        continue
    pattern = re.sub(r"%\w+", r"%\\w+", re.escape(quote).replace(r"\.\.\.", ".*")).replace(r"\ ", r"\s+")
    if not re.search(pattern, texts):
        sys.exit("docs/read-a-layer.md quotes what no phase prints any more: " + quote)
END

# 2. Which kernel the cost model takes, and why: each choice is a remark, as text or as JSON lines.
"$bin/ternc" "$model" --quiet --only=blk.0.attn_k --target-cpu=znver4 --remarks --emit=ternary -o "$work/ternary" 2>"$work/remarks"
show remarks 'blk.0.attn_k'

# 3. Every phase is text that goes on: through tern-opt one phase at a time, or to a model object.
"$bin/ternc" "$model" --quiet --dump-phases="$work/phases" -o "$work/model.tern"
ls "$work/phases"
"$bin/tern-opt" "$work/phases/1-ternary.mlir" --tern-phase-tiled -o "$work/tiled-again"
cmp "$work/phases/2-tiled.mlir" "$work/tiled-again"
"$bin/ternc" "$model" --quiet --from="$work/phases/3-vector.mlir" -o "$work/resumed.tern"
for object in model resumed; do
  "$bin/tern-run" "$work/$object.tern" -p $'ROMEO:\n' -n 16 --greedy --print-ids --quiet >"$work/$object.ids"
done
cmp "$work/model.ids" "$work/resumed.ids"

# 4. In the object: the tensor's layout, and the kernel's instructions under the lines they come from.
"$bin/tern-inspect" "$work/model.tern" --weights >"$work/weights"
show weights 'blk.0.attn_k'
kernel=$("$bin/tern-inspect" "$work/model.tern" --json | python3 -c 'import json, sys
print(next(k["name"] for k in json.load(sys.stdin)["kernels"] if k["rows"] == 128 and k["tokens"] == 1))')
"$bin/tern-inspect" "$work/model.tern" --asm "$kernel" >"$work/listing"
sed -n '1,12p' "$work/listing" | cut -c 1-160

# 5. And it is right: this layer's product and every other operator against the scalar reference.
"$bin/tern-eval" "$work/model.tern" --layers --checkpoint "$model" >"$work/report"
show report '"ternary.matmul"'
