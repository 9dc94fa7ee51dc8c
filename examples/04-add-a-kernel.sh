#!/usr/bin/env bash
# Lesson 4: add a kernel that the compiler does not have, written in MLIR, without rebuilding anything (docs/add-a-kernel.md).
#   examples/04-add-a-kernel.sh [folder with the tools, default build/release/bin]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
bin=$(cd "${1:-$root/build/release/bin}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
model=$root/examples/tiny-shakespeare
mine=$root/examples/04-add-a-kernel.mlir
target=(--target-cpu=x86-64-v3 --kernel=dot2-v32) # runs on any x86-64 CPU with AVX2

# 1. What it takes the place of: the product of blk.0.ffn_up, and its key: layout and kernel, shape, type.
"$bin/ternc" "$model" --quiet "${target[@]}" --only=blk.0.ffn_up --emit=tiled -o "$work/tiled.mlir"
grep -m 1 -o 'ternary.kernel = .*' "$work/tiled.mlir"

# 2. Before and after, on cold weights; a wrong sum would end the benchmark.
"$bin/tern-bench" --kernels --shape 704x256 --target-cpu x86-64-v3 --kernel dot2-v32 --kernel-library "$mine" -r 3 -t 1 --cold 64

# 3. Into a model: the gate and the up projections of all layers have this shape.
"$bin/ternc" "$model" --quiet "${target[@]}" -o "$work/plain.tern"
"$bin/ternc" "$model" --quiet "${target[@]}" --kernel-library="$mine" -o "$work/own.tern"

# 4. Exact: every operator against the scalar reference, and the same tokens.
"$bin/tern-eval" "$work/own.tern" --layers | grep -E '"(pass|ternary.matmul)"'
for object in plain own; do
  "$bin/tern-run" "$work/$object.tern" -p $'ROMEO:\n' -n 48 --greedy --print-ids --quiet >"$work/$object.ids"
done
cmp "$work/plain.ids" "$work/own.ids"
echo "the object with the new kernel decodes the same tokens as the plain one"

# 5. When it is wrong, the check says where: here the last step adds the code sum instead of taking it off.
sed 's/arith.subi/arith.addi/' "$mine" >"$work/wrong.mlir"
"$bin/ternc" "$model" --quiet "${target[@]}" --kernel-library="$work/wrong.mlir" -o "$work/wrong.tern"
if "$bin/tern-eval" "$work/wrong.tern" --layers >"$work/report" 2>"$work/message"; then
  echo "a wrong kernel passed" >&2
  exit 1
fi
grep -o 'matmul .*' "$work/message"
