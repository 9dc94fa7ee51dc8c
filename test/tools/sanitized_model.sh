#!/usr/bin/env bash
# The generated code under a sanitizer, with a screened head: instrumented by ternc, run by a runtime that was built alike.
#   sanitized_model.sh SOURCE BIN address|thread
set -euo pipefail
source=$1 bin=$2 kind=$3
ternc=$source/build/release/bin/ternc
if [ ! -x "$ternc" ]; then
  echo "skipped: wants $ternc, which \`cmake --build --preset release\` makes"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$ternc" "$source/examples/tiny-shakespeare" --sanitize="$kind" --lm-head=screened --quiet -o "$work/model.tern"
"$bin/tern-run" "$work/model.tern" -p $'ROMEO:\nI am the king, and you' -n 12 --greedy -t 3
