"""What the benchmark ran on, without the name of the machine, and the processor time that it used."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import resource
import time
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")

PACKAGES = (
    "scalecalc",
    "numpy",
    "scipy",
    "typer",
    "pydantic",
    "chinchilla",
    "simple-scaling-laws",
    "llm-analysis",
)


def processor_seconds() -> float:
    """Processor time of this process and of those that it has waited for."""
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + others.ru_utime + others.ru_stime


def version(package: str) -> str | None:
    """The installed version, None if absent."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def processor() -> str:
    """The model of the processor as the kernel tells it, else its architecture."""
    if CPUINFO.exists():
        for line in CPUINFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def facts() -> dict[str, str]:
    """Facts by name, in the order in which they are printed; packages that are absent are left out."""
    found = {package: version(package) for package in PACKAGES}
    return {
        "processor": processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        **{package: release for package, release in found.items() if release},
    }
