"""What the operating system tells of server processes: time on the processor, and memory."""

from pathlib import Path

PROC = Path("/proc")
RESET_PEAK = "5"


class Meter:
    """Measures processes from now on; what cannot be known of any of them is None."""

    def __init__(self, pids: tuple[int, ...]) -> None:
        is_known = all(map(is_local, pids))
        self.pids = pids if is_known else ()
        self.has_peak = all(map(forget_peak, self.pids))
        self.before = list(map(processor_seconds, self.pids))

    def processor(self) -> float | None:
        """The seconds that all of them spent on processors."""
        now = list(map(processor_seconds, self.pids))
        if not now or None in (*now, *self.before):
            return None
        return sum(now) - sum(self.before)

    def memory(self) -> int | None:
        """The most bytes that one of them had."""
        return max(map(peak_bytes, self.pids)) if self.pids and self.has_peak else None


def is_local(pid: int) -> bool:
    """Is the server on this machine, on one that has ``/proc``?"""
    try:
        return b"postgres" in (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return False


def processor_seconds(pid: int) -> float | None:
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
    sizes = {}
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        name, _, size = line.partition(":")
        sizes[name] = size.split()
    return (int(sizes["VmHWM"][0]) - int(sizes["RssShmem"][0])) * 1024
