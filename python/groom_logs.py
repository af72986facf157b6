"""Keeps a folder of logs small: groom_logs.py FOLDER MEBIBYTES.

Every 15 minutes it deletes what was not written to for 15 days, and then the oldest files until the rest fits.
"""

import os
import signal
import sys
import time

PERIOD = 15 * 60
OLDEST = 15 * 24 * 3600


def files(folder):
    """Modification time, size and path of every file, the oldest first."""
    found = []
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            try:
                status = os.lstat(path)
            except OSError:
                continue  # gone meanwhile
            found.append((status.st_mtime, status.st_size, path))
    return sorted(found)


def groom(folder, limit, now):
    """Deletes old files, then the oldest beyond `limit` bytes, then folders that are empty; returns how many files."""
    found = files(folder)
    size, deleted = sum(size for _, size, _ in found), 0
    for modified, length, path in found:
        if now - modified <= OLDEST and size <= limit:
            break
        try:
            os.unlink(path)
        except OSError:
            continue
        size, deleted = size - length, deleted + 1
    for root, _, _ in os.walk(folder, topdown=False):
        if root != folder and not os.path.islink(root):
            try:
                os.rmdir(root)
            except OSError:
                pass  # not empty
    return deleted


def main(folder, mebibytes):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # nobody else handles it for the first process of a container
    while True:
        deleted = groom(folder, mebibytes * 1024 * 1024, time.time())
        if deleted:
            print(f"deleted {deleted} old logs", flush=True)
        time.sleep(PERIOD)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
