"""What the operating system tells of a server process: time on the processor, and memory."""

from pathlib import Path

PROC = Path("/proc")
RESET_PEAK = "5"


def is_local(pid: int) -> bool:
    """Is the server on this machine, on one that has ``/proc``?"""
    try:
        return b"postgres" in (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return False


def processor_seconds(pid: int) -> float | None:
    """The time that it has spent on a processor; None where that cannot be known."""
    try:
        return int((PROC / str(pid) / "schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return None


def forget_peak(pid: int) -> bool:
    """Have the peak of its memory start anew; False where that is not allowed."""
    try:
        (PROC / str(pid) / "clear_refs").write_text(RESET_PEAK)
    except OSError:
        return False
    return True


def peak_bytes(pid: int) -> int:
    """The most memory that it had since, but for the shared buffers that it looked at."""
    lines = (PROC / str(pid) / "status").read_text().splitlines()
    sizes = {
        name: size.split()[0]
        for name, size in (line.split(":", 1) for line in lines)
        if size.split()
    }
    return (int(sizes["VmHWM"]) - int(sizes["RssShmem"])) * 1024
