"""Runs programs and measures them."""

import json
import mmap
import pathlib
import shlex
import subprocess
import sys
import tempfile

INTEGRATION = pathlib.Path(__file__).resolve().parents[1]

# A process begins with the peak memory of the one that started it, so a small one stands in between.
METER = """
import json, os, sys, time
started = time.monotonic()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
figures = [time.monotonic() - started, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime]
json.dump(figures, open(sys.argv[1], "w"))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def warm_memory(size):
    """Touches so many bytes of memory and frees them again.

    A virtual machine may give free memory back to its host, and then pays for it once more when it is used: on some, more
    than a second a GiB, which would count against whoever comes first.
    """
    with mmap.mmap(-1, size) as memory:
        for page in range(0, size, mmap.PAGESIZE):
            memory[page] = 1


def measure(command, env, log):
    """Runs a command; gives seconds, peak memory in MiB, CPU seconds and what it printed."""
    command = [str(part) for part in command]
    with tempfile.TemporaryFile() as output, tempfile.NamedTemporaryFile() as figures:
        meter = [sys.executable, "-I", "-S", "-c", METER, figures.name, *command]
        if (code := subprocess.run(meter, env=env, stdout=output, stderr=log, check=False).returncode) != 0:
            raise SystemExit(f"{shlex.join(command)} exited with {code}; see {log.name}")
        output.seek(0)
        return *json.load(open(figures.name)), output.read()


def exports(script, *arguments):
    lines = subprocess.check_output([INTEGRATION / script, "env", *arguments], text=True).splitlines()
    return dict(shlex.split(line)[1].split("=", 1) for line in lines if line.startswith("export "))
