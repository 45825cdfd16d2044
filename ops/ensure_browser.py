"""Finds a Chromium for the tests, installs one when there is none; fails when that can't be done."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STAMP = Path(sys.prefix) / "stamps" / "browser"


def installed() -> str | None:
    given = os.environ.get("CHROMIUM")
    return given or next((path for name in NAMES if (path := shutil.which(name))), None)


def playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def works(path: str) -> bool:
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--version"]
    return subprocess.run([path, *flags], capture_output=True, check=False, timeout=60).returncode == 0


def install() -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if os.geteuid() == 0 and shutil.which("apt-get"):
        commands = [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]]
    else:
        commands = [[sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]]
    for command in commands:
        print("browser for the tests:", *command[-4:], flush=True)
        subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=environment)


def main() -> int:
    if STAMP.exists() and Path(STAMP.read_text()).exists():
        return 0
    path = installed() or playwrights_own()
    if path is None:
        install()
        path = installed() or playwrights_own()
    if path is None or not works(path):
        print("No working Chromium. Install one (Debian: apt install chromium) or set CHROMIUM=/path.", file=sys.stderr)
        return 1
    STAMP.parent.mkdir(parents=True, exist_ok=True)
    STAMP.write_text(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
