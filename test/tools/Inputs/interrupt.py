"""Ctrl-C while tern-run decodes: a line break, the statistics and exit status 130. Usage: interrupt.py MODEL

Standard output is a pipe with room for a few tokens, so that the process is in the middle of its text when the signal comes.
"""
import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
import time

read_end, write_end = os.pipe()
fcntl.fcntl(write_end, 1031, 4096)  # F_SETPIPE_SZ
filler = b"." * (fcntl.fcntl(write_end, 1032) - 16)  # F_GETPIPE_SZ
os.write(write_end, filler)
process = subprocess.Popen(["tern-run", sys.argv[1], "--ids", "0,836", "-n", "400", "--ignore-eos", "--print-ids", "-t", "1"], stdout=write_end, stderr=subprocess.PIPE)
os.close(write_end)


def waiting():
    return struct.unpack("i", fcntl.ioctl(read_end, termios.FIONREAD, b"\0" * 4))[0]


while waiting() == len(filler) and process.poll() is None:
    time.sleep(0.01)
process.send_signal(signal.SIGINT)
text = b""
while chunk := os.read(read_end, 4096):
    text += chunk
errors = process.stderr.read().decode()
ids = text[len(filler) :].split()
problems = []
if process.wait() != 130:
    problems.append(f"exit status {process.returncode}")
if not text.endswith(b"\n") or not 0 < len(ids) < 400:
    problems.append(f"{len(ids)} tokens, the text ends with {text[-5:]}")
if "stopped: interrupted" not in errors or "| decode " not in errors:
    problems.append(f"says {errors!r}")
print("; ".join(problems) or "stopped as it should be")
sys.exit(bool(problems))
