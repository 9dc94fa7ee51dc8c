#!/usr/bin/env bash
# Writes the reference of the dialects, generated from their operation definitions, to standard output.
#   docs/generate-dialects.sh [mlir-tblgen] [MLIR include folder] > docs/dialects.md
set -euo pipefail
tblgen=${1:-/usr/lib/llvm-22/bin/mlir-tblgen}
include=${2:-/usr/lib/llvm-22/include}
root=$(cd "$(dirname "$0")/.." && pwd)
for dialect in ternary decoder; do
  "$tblgen" -gen-dialect-doc -dialect="$dialect" -I "$root" -I "$include" "$root/dialects/$dialect/${dialect^}Ops.td"
done
