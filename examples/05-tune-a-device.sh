#!/usr/bin/env bash
# Lesson 5: measure on this device which kernels are fastest for a model, and compile with what was found.
#   examples/05-tune-a-device.sh [folder with the tools, default build/release/bin] [budget in seconds, default 10]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
bin=$(cd "${1:-$root/build/release/bin}" && pwd)
budget=${2:-10}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
model=$root/examples/tiny-shakespeare

# 1. Measure. The file is keyed by CPU, features and compiler version; run it again and it goes on.
"$bin/tern-tune" "$model" -o "$work/device.json" --budget "$budget" --report=html
grep -c '"rounds"' "$work/device.json" | sed 's/$/ candidates were measured/'

# 2. Compile with it. Each choice is a remark that says who chose and what else there was.
"$bin/ternc" "$model" --quiet -o "$work/plain.tern"
"$bin/ternc" "$model" --quiet --tuning="$work/device.json" --remarks -o "$work/tuned.tern" 2>&1 | sed -n '/blk.0/p' | sed -n '1,2p'

# 3. A schedule is the same file for one model, to be edited: another prefetch distance for one matrix.
"$bin/ternc" "$model" --quiet --dump-schedule="$work/schedule.json" --emit=ternary -o /dev/null
sed 's/prefetch = [0-9]*/prefetch = 1024/' "$work/schedule.json" >"$work/edited.json"
"$bin/ternc" "$model" --quiet --schedule="$work/edited.json" -o "$work/edited.tern"

# 4. Whatever was chosen, the sums are exact, so the tokens are the same.
for object in plain tuned edited; do
  "$bin/tern-run" "$work/$object.tern" -p $'ROMEO:\n' -n 48 --greedy --print-ids --quiet >"$work/$object.ids"
done
cmp "$work/plain.ids" "$work/tuned.ids"
cmp "$work/plain.ids" "$work/edited.ids"
echo "the tuned and the edited object decode the same tokens as the plain one"
