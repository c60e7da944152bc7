"""Run a program in a process of its own: for what kills, forks, interrupts or measures a whole process."""

import subprocess
import sys
import textwrap


def start(program: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    """Start Python on the program's text; its output is a pipe."""
    command = [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(program), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload]


def run(program: str, *arguments: object, timeout_s: float = 250, **options: object) -> str:
    """Run the program to its end and return what it printed; anything but status 0 fails the test."""
    with start(program, *arguments, **options) as process:
        try:
            output, errors = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            raise AssertionError(f"no end after {timeout_s} s\n{output}\n{errors}") from None
    assert process.returncode == 0, f"status {process.returncode}\n{output}\n{errors}"
    return output
