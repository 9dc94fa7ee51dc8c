#!/usr/bin/env bash
# Lesson 1: compile the shipped checkpoint for this CPU, look at one phase, decode with it.
#   examples/01-compile-and-decode.sh [folder with the tools, default build/release/bin]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
bin=$(cd "${1:-$root/build/release/bin}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The checkpoint becomes one file with machine code for this CPU, weights, and tokenizer.
"$bin/ternc" "$root/examples/tiny-shakespeare" -o "$work/tiny.tern"

# What the compiler made of it on the way: which layout and kernel each layer got.
"$bin/ternc" "$root/examples/tiny-shakespeare" --emit=ternary --quiet -o "$work/ternary.mlir"
grep -m 3 'ternary.weight' "$work/ternary.mlir"

# The runtime maps that file and writes on.
"$bin/tern-run" "$work/tiny.tern" -p $'ROMEO:\n' -n 48 --greedy
