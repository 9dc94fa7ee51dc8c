"""Prints an MLIR text with the llvm.target of another one in the place of TARGET. Usage: with_target.py DUMP TEXT"""
import re
import sys

dump, text = (open(path).read() for path in sys.argv[1:])
print(text.replace("TARGET", re.search(r"#llvm\.target<.*?>>", dump).group(0)), end="")
