#!/usr/bin/env bash
# Lesson 2: change how a kernel is tiled without rebuilding the compiler: by a transform-dialect script, and by a kernel of one's own.
#   examples/02-change-a-kernel.sh [folder with the tools, default build/release/bin]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
bin=$(cd "${1:-$root/build/release/bin}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
model=$root/examples/tiny-shakespeare

# The layer as it is tiled: a loop over bands, one over tokens, one over tiles of weights.
"$bin/ternc" "$model" --quiet --only=blk.0.ffn_down --emit=tiled -o "$work/tiled.mlir"
grep -c 'ternary.dot' "$work/tiled.mlir" | sed 's/$/ dot products in the kernels/'

# 1. A schedule in the transform dialect (02-change-a-kernel.mlir): the innermost loop takes two tiles a turn.
"$bin/ternc" "$model" --quiet --only=blk.0.ffn_down --emit=tiled --transform="$root/examples/02-change-a-kernel.mlir" -o "$work/unrolled.mlir"
grep -c 'ternary.dot' "$work/unrolled.mlir" | sed 's/$/ after the script/'
"$bin/ternc" "$model" --quiet --transform="$root/examples/02-change-a-kernel.mlir" -o "$work/unrolled.tern"

# 2. A kernel of one's own: take the function out of the dump, change it, give it back. Here the weights are fetched from another
# distance ahead; anything goes that keeps the function's type and key.
sed 's/memref.prefetch \(.*\)locality<[0-9]>/memref.prefetch \1locality<0>/' "$work/tiled.mlir" >"$work/kernels.mlir"
"$bin/ternc" "$model" --quiet --kernel-library="$work/kernels.mlir" -o "$work/own.tern"

# Is it faster? Each kernel as it is and as changed, on cold weights, beside the machine's own ceiling; their sums are checked on the way.
"$bin/tern-bench" --kernels --shape 256x704 --layout codes2 --transform="$root/examples/02-change-a-kernel.mlir"

# The sums are the same, so the tokens are.
"$bin/ternc" "$model" --quiet -o "$work/plain.tern"
for object in plain unrolled own; do
  "$bin/tern-run" "$work/$object.tern" -p $'ROMEO:\n' -n 48 --greedy --print-ids --quiet >"$work/$object.ids"
done
cmp "$work/plain.ids" "$work/unrolled.ids"
cmp "$work/plain.ids" "$work/own.ids"
echo "both objects decode the same tokens as the plain one"
