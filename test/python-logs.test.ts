import { python, test, withFiles } from './python';

const DAY = 24 * 3600;

interface Log {
  /** How long ago it was written to, in days. */
  readonly days: number;
  readonly bytes: number;
}

/** What is left of the logs in a folder, and how many files were deleted. */
function groom(logs: { [file: string]: Log }, limit: number): { left: string[]; deleted: number } {
  const texts = Object.fromEntries(Object.entries(logs).map(([file, { bytes }]) => [`logs/${file}`, 'x'.repeat(bytes)]));
  return withFiles(texts, folder => python(`
import os, groom_logs
now, folder = 1_000_000_000, "${folder}/logs"
for file, days in ${JSON.stringify(Object.entries(logs).map(([file, { days }]) => [file, days]))}:
    os.utime(os.path.join(folder, file), (0, now - days * ${DAY}))
deleted = groom_logs.groom(folder, ${limit}, now)
left = [os.path.relpath(os.path.join(root, name), folder) for root, folders, names in os.walk(folder) for name in [*folders, *names]]
answer({"left": sorted(left), "deleted": deleted})`).value as { left: string[]; deleted: number });
}

test('what was written to within 15 days stays while it fits', () => {
  expect(groom({ new: { days: 0, bytes: 10 }, old: { days: 14, bytes: 10 } }, 20)).toEqual({ left: ['new', 'old'], deleted: 0 });
});

test('what is older goes, with its folder when it was the last', () => {
  expect(groom({ 'a/b/old': { days: 16, bytes: 10 }, 'c/new': { days: 1, bytes: 10 }, 'c/old': { days: 99, bytes: 10 } }, 1000)).toEqual(
    { left: ['c', 'c/new'], deleted: 2 });
});

test('what does not fit goes, the oldest first', () => {
  expect(groom({ a: { days: 3, bytes: 10 }, b: { days: 1, bytes: 10 }, c: { days: 2, bytes: 10 } }, 20)).toEqual({ left: ['b', 'c'], deleted: 1 });
  expect(groom({ a: { days: 3, bytes: 10 }, b: { days: 1, bytes: 10 }, c: { days: 2, bytes: 10 } }, 9)).toEqual({ left: [], deleted: 3 });
});

test('the folder itself stays', () => {
  const there = withFiles({ 'logs/old': '' }, folder => python(`
import os, groom_logs
os.utime("${folder}/logs/old", (0, 0))
groom_logs.groom("${folder}/logs", 10, 1_000_000_000)
answer(os.path.isdir("${folder}/logs"))`).value);
  expect(there).toBe(true);
});

test('a folder that is not there is no fault', () => {
  expect(python('import groom_logs\nanswer(groom_logs.groom("/no/such/folder", 10, 0))').value).toBe(0);
});

test('it goes on, and ends when it is told to', () => {
  const { value, printed } = python(`
import signal, groom_logs
calls, answers = [], [3, 0]
class Stopped(Exception): pass
def sleep(seconds):
    calls.append(seconds)
    if not answers: raise Stopped
groom_logs.time.sleep = sleep
groom_logs.groom = lambda folder, limit, now: calls.append([folder, limit]) or answers.pop(0)
try: groom_logs.main("logs", 2)
except Stopped: pass
try: signal.raise_signal(signal.SIGTERM)
except SystemExit as end: calls.append(end.code)
answer(calls)`);
  expect(value).toEqual([['logs', 2 * 1024 * 1024], 900, ['logs', 2 * 1024 * 1024], 900, 0]);
  expect(printed).toEqual(['deleted 3 old logs']);
});
