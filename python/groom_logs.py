"""Keeps a folder of logs small: groom_logs.py FOLDER [MEBIBYTES] [--age SECONDS] [--once].

It deletes what was not written to for so long, and then the oldest files until the rest fits: every 15 minutes, or once.
"""

import argparse
import collections
import errno
import os
import signal
import sys
import time

PERIOD = 15 * 60
OLDEST = 15 * 24 * 3600
# Who writes to a file or has just made a folder for one would lose it; and a file that is open takes up its space anyway.
FRESH = 15 * 60
MINUTE = 60
# Someone has just written to the folder, or NFS keeps a file there until the last who reads it closes it.
IN_USE = {errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY}
# What file systems themselves have at their root.
NOT_LOGS = {"lost+found", ".snapshot"}


class Sweep:
    """One way through the folder. It keeps no list of the files: there can be millions."""

    def __init__(self, now, before):
        self.now = now
        self.before = min(before, now - FRESH)
        self.kept = collections.Counter()  # by minute of the last write: bytes
        self.deleted = 0
        self.faults = []

    def folder(self, path):
        """Returns when something of what stays in the folder was last written to; 0 when the folder is gone."""
        try:
            status = os.lstat(path)
            with os.scandir(path) as entries:
                newest = max((self.entry(entry) for entry in entries), default=0)
        except FileNotFoundError:
            return 0
        except OSError as fault:
            self.faults.append(fault)
            return self.now
        if newest == 0 and status.st_mtime < self.now - FRESH and self.gone(os.rmdir, path):
            return 0
        newest = newest or status.st_mtime
        self.keep(newest, status)
        return newest

    def entry(self, entry):
        try:
            if entry.is_dir(follow_symlinks=False):
                return self.folder(entry.path)
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return 0  # gone meanwhile
        if status.st_mtime < self.before and self.gone(os.unlink, entry.path):
            self.deleted += 1
            return 0
        self.keep(status.st_mtime, status)
        return status.st_mtime

    def gone(self, delete, path):
        try:
            delete(path)
        except FileNotFoundError:
            pass
        except OSError as fault:
            if fault.errno not in IN_USE:
                self.faults.append(fault)
            return False
        return True

    def keep(self, written, status):
        self.kept[written // MINUTE] += space(status)


def space(status):
    """The bytes that something takes up: a small file a whole block, and where they are not told, what was written."""
    return max(status.st_size, status.st_blocks * 512)


def sweep(folder, now, before):
    """Deletes what was last written to before that time, but not the folder itself."""
    done = Sweep(now, before)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name not in NOT_LOGS:
                done.entry(entry)
    return done


def groom(folder, limit, now, oldest=OLDEST):
    """Deletes what is older than `oldest` seconds, the oldest beyond `limit` bytes, and folders that are empty."""
    done = sweep(folder, now, now - oldest)
    size = sum(done.kept.values())
    if limit is None or size <= limit:
        return done
    for minute in sorted(done.kept):
        size -= done.kept[minute]
        if size <= limit:
            break
    again = sweep(folder, now, (minute + 1) * MINUTE)
    again.deleted += done.deleted
    return again


def report(done, limit):
    """What was done, and what could not be."""
    size = sum(done.kept.values())
    print(f"deleted {done.deleted} old logs, {size >> 20} MiB are left", flush=True)
    if limit is not None and size > limit:
        print(f"that is more than {limit >> 20} MiB, since all of it was written to within {FRESH // 60} minutes", flush=True)
    if done.faults:
        print(f"{len(done.faults)} could not be deleted, like this one: {done.faults[0]}", flush=True)


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("mebibytes", type=int, nargs="?")
    parser.add_argument("--age", type=int, default=OLDEST)
    parser.add_argument("--once", action="store_true")
    options = parser.parse_args(arguments)
    limit = None if options.mebibytes is None else options.mebibytes << 20
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # nobody else handles it for the first process of a container
    while True:
        done = groom(options.folder, limit, time.time(), options.age)
        if done.deleted or done.faults or options.once:
            report(done, limit)
        if options.once:
            sys.exit(1 if done.faults else 0)
        time.sleep(PERIOD)


if __name__ == "__main__":
    main(sys.argv[1:])
