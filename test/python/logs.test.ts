import { describe, python, test, withFiles } from './python';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

interface Log {
  /** How long ago it was written to, in seconds. */
  readonly age: number;
  readonly bytes: number;
}

/** What is left of the logs in a folder, how many files were deleted, and how many bytes are left by the script's count. */
function groom(logs: { [file: string]: Log }, limit?: number): { left: string[]; deleted: number; size: number } {
  const texts = Object.fromEntries(Object.entries(logs).map(([file, { bytes }]) => [`logs/${file}`, 'x'.repeat(bytes)]));
  return withFiles(texts, folder => python(`
import os, stat, groom_logs
groom_logs.space = lambda status: 0 if stat.S_ISDIR(status.st_mode) else status.st_size
now, folder = 1_000_000_020, "${folder}/logs"
for file, age in ${JSON.stringify(Object.entries(logs).map(([file, { age }]) => [file, age]))}:
    os.utime(os.path.join(folder, file), (0, now - age))
for root, folders, files in os.walk(folder):
    os.utime(root, (0, now - ${DAY}))
done = groom_logs.groom(folder, ${limit ?? 'None'}, now)
left = [os.path.relpath(os.path.join(root, name), folder) for root, folders, names in os.walk(folder) for name in [*folders, *names]]
answer({"left": sorted(left), "deleted": done.deleted, "size": sum(done.kept.values())})`).value as ReturnType<typeof groom>);
}

describe('one time', () => {
  test('what was written to within 15 days stays while it fits', () => {
    expect(groom({ new: { age: DAY, bytes: 10 }, old: { age: 14 * DAY, bytes: 10 } }, 20)).toEqual({ left: ['new', 'old'], deleted: 0, size: 20 });
  });

  test('what is older goes, with its folder when it was the last', () => {
    const logs = { 'a/b/old': { age: 16 * DAY, bytes: 10 }, 'c/new': { age: DAY, bytes: 10 }, 'c/old': { age: 99 * DAY, bytes: 10 } };
    expect(groom(logs, 1000)).toEqual({ left: ['c', 'c/new'], deleted: 2, size: 10 });
    expect(groom(logs)).toEqual({ left: ['c', 'c/new'], deleted: 2, size: 10 });
  });

  test('what does not fit goes, the oldest first', () => {
    const logs = { 'a': { age: 3 * DAY, bytes: 10 }, 'b': { age: DAY, bytes: 10 }, 'f/c': { age: 2 * DAY, bytes: 10 } };
    expect(groom(logs, 20)).toEqual({ left: ['b', 'f', 'f/c'], deleted: 1, size: 20 });
    expect(groom(logs, 19)).toEqual({ left: ['b'], deleted: 2, size: 10 });
    expect(groom(logs, 9)).toEqual({ left: [], deleted: 3, size: 0 });
  });

  test('what was written to a moment ago stays, even where it does not fit', () => {
    const logs = { open: { age: 14 * MINUTE, bytes: 10 }, silent: { age: 16 * MINUTE, bytes: 10 } };
    expect(groom(logs, 5)).toEqual({ left: ['open'], deleted: 1, size: 10 });
  });

  test('what the file system has at its root stays, and is not counted', () => {
    const logs = { 'lost+found/a': { age: 99 * DAY, bytes: 10 }, '.snapshot/b': { age: 99 * DAY, bytes: 10 }, 'c/lost+found/d': { age: 99 * DAY, bytes: 10 } };
    expect(groom(logs, 5)).toEqual({ left: ['.snapshot', '.snapshot/b', 'lost+found', 'lost+found/a'], deleted: 1, size: 0 });
  });

  test('a folder that was made a moment ago stays, since someone is about to write to it', () => {
    const there = withFiles({ 'logs/old/file': '', 'logs/new/file': '' }, folder => python(`
import os, time, groom_logs
for name in ("old", "new"):
    os.unlink("${folder}/logs/" + name + "/file")
os.utime("${folder}/logs/old", (0, 0))
groom_logs.groom("${folder}/logs", None, time.time())
answer(os.listdir("${folder}/logs"))`).value);
    expect(there).toEqual(['new']);
  });

  test('a link goes, and what it leads to stays', () => {
    const there = withFiles({ 'logs/old': '', 'elsewhere/file': '' }, folder => python(`
import os, groom_logs
os.symlink("${folder}/elsewhere", "${folder}/logs/latest")
os.utime("${folder}/elsewhere/file", (0, 0))
groom_logs.groom("${folder}/logs", 0, __import__("time").time() + 3600)
answer([os.listdir("${folder}/logs"), os.listdir("${folder}/elsewhere")])`).value);
    expect(there).toEqual([[], ['file']]);
  });

  test('the folder itself stays', () => {
    const there = withFiles({ 'logs/old': '' }, folder => python(`
import os, groom_logs
os.utime("${folder}/logs/old", (0, 0))
os.utime("${folder}/logs", (0, 0))
groom_logs.groom("${folder}/logs", 10, 1_000_000_000)
answer(os.path.isdir("${folder}/logs"))`).value);
    expect(there).toBe(true);
  });

  test('a small file counts as the block that it takes up', () => {
    expect(python(`
import types, groom_logs
answer([groom_logs.space(types.SimpleNamespace(st_size=size, st_blocks=blocks)) for size, blocks in ((1, 8), (5000, 0))])`).value).toEqual([4096, 5000]);
  });
});

test('10,000 small logs of three days stay bounded, of which the newest are left', () => {
  const { before, after, counted, left, empty, oldest } = python(`
import os, tempfile, groom_logs
now, limit = 1_000_000_020, 2 << 20
def size(folder):
    found = [os.path.join(root, name) for root, folders, files in os.walk(folder) for name in [*folders, *files]]
    return sum(groom_logs.space(os.lstat(path)) for path in found)
with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
    for number in range(10_000):
        path = f"{folder}/dag_id=small/run_id={number // 100:03}/task_id=t{number % 100:02}"
        os.makedirs(path)
        with open(path + "/attempt=1.log", "w") as log:
            log.write("x" * 300)
        written = now - groom_logs.FRESH - 3 * ${DAY} * (10_000 - number) / 10_000
        os.utime(path + "/attempt=1.log", (written, written))
    for root, folders, files in os.walk(folder):
        os.utime(root, (0, now - ${DAY}))
    before = size(folder)
    done = groom_logs.groom(folder, limit, now)
    logs = [os.path.join(root, name) for root, folders, files in os.walk(folder) for name in files]
    answer({
        "before": before, "after": size(folder), "counted": sum(done.kept.values()), "left": len(logs),
        "empty": len([root for root, folders, files in os.walk(folder) if not folders and not files]),
        "oldest": now - groom_logs.FRESH - min(os.lstat(path).st_mtime for path in logs),
    })`).value as { [name: string]: number };
  expect(before).toBeGreaterThanOrEqual(10_000 * 300);
  expect(counted).toBeLessThanOrEqual(2 * 1024 ** 2);
  expect(after).toBeLessThanOrEqual(counted); // a folder may take up less when it holds less
  expect(left).toBeGreaterThan(100);
  expect(empty).toBe(0);
  expect(oldest).toBeCloseTo(3 * DAY * left / 10_000, 3);
});

describe('the script', () => {
  const run = (setup: string, ...args: string[]) => python(`
import os, groom_logs
${setup}
try: groom_logs.main(${JSON.stringify(args)})
except SystemExit as end: answer(end.code)`);

  test('goes on, and ends when it is told to', () => {
    const { value, printed } = python(`
import collections, signal, types, groom_logs
calls, answers = [], [3, 0]
class Stopped(Exception): pass
def sleep(seconds):
    calls.append(seconds)
    if not answers: raise Stopped
def groom(folder, limit, now, oldest):
    calls.append([folder, limit, oldest])
    return types.SimpleNamespace(deleted=answers.pop(0), kept=collections.Counter({1: 1 << 20}), faults=[])
groom_logs.time.sleep, groom_logs.groom = sleep, groom
try: groom_logs.main(["logs", "2"])
except Stopped: pass
try: signal.raise_signal(signal.SIGTERM)
except SystemExit as end: calls.append(end.code)
answer(calls)`);
    const call = ['logs', 2 * 1024 * 1024, 15 * DAY];
    expect(value).toEqual([call, 900, call, 900, 0]);
    expect(printed).toEqual(['deleted 3 old logs, 1 MiB are left']);
  });

  test('runs once, by another age and without a limit', () => {
    const { value, printed } = withFiles({ 'logs/file': 'x' }, folder =>
      run(`now = groom_logs.time.time()\nos.utime("${folder}/logs/file", (0, now - 7200))`, `${folder}/logs`, '--age', '3600', '--once'));
    expect(value).toBe(0);
    expect(printed).toEqual(['deleted 1 old logs, 0 MiB are left']);
  });

  test('says so when all that is too much was written a moment ago', () => {
    const { value, printed } = withFiles({ 'logs/file': 'x'.repeat(3 * 1024 ** 2) }, folder => run('', `${folder}/logs`, '1', '--once'));
    expect(value).toBe(0);
    expect(printed).toEqual(['deleted 0 old logs, 3 MiB are left', 'that is more than 1 MiB, since all of it was written to within 15 minutes']);
  });

  test('fails when something cannot be deleted', () => {
    const { value, printed } = withFiles({ 'logs/file': '' }, folder => run(`
os.utime("${folder}/logs/file", (0, 0))
def refuse(path): raise PermissionError(13, "Permission denied", path)
os.unlink = refuse`, `${folder}/logs`, '--once'));
    expect(value).toBe(1);
    expect(printed[1]).toMatch(/^1 could not be deleted, like this one: \[Errno 13\] Permission denied: '.*\/logs\/file'$/);
  });

  test.each(['ENOTEMPTY', 'EEXIST', 'EBUSY'])('leaves a folder or a file that is in use, by %s', code => {
    const { value, printed } = withFiles({ 'logs/busy/file': '', 'logs/empty/file': '' }, folder => run(`
import errno
os.unlink("${folder}/logs/empty/file")
for path in ("busy/file", "empty"): os.utime("${folder}/logs/" + path, (0, 0))
def refuse(path): raise OSError(errno.${code}, os.strerror(errno.${code}), path)
os.unlink = os.rmdir = refuse`, `${folder}/logs`, '--once'));
    expect(value).toBe(0);
    expect(printed).toEqual(['deleted 0 old logs, 0 MiB are left']);
  });

  test('fails when the folder is not there', () => {
    const { value } = python(`
import groom_logs
try: groom_logs.groom("/no/such/folder", 10, 0)
except FileNotFoundError as fault: answer(fault.filename)`);
    expect(value).toBe('/no/such/folder');
  });

  test('holds no list of the files of a folder, of which there can be hundreds of thousands', () => {
    const { value } = withFiles({ 'logs/x': '' }, folder => python(`
import groom_logs, os, time, tracemalloc
folder = os.open("${folder}/logs", os.O_RDONLY)
for number in range(20_000): os.close(os.open(f"attempt={number}.log", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
tracemalloc.start()
done = groom_logs.groom("${folder}/logs", None, time.time())
answer([tracemalloc.get_traced_memory()[1] < 500_000, len(os.listdir("${folder}/logs")), done.deleted])`));
    expect(value).toEqual([true, 20_001, 0]);
  });
});
