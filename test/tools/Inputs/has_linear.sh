#!/bin/sh
# Interesting (exit status 1) while the text has the down projection.
! grep -q 'ternary.linear .*@blk.0.ffn_down' "$1"
