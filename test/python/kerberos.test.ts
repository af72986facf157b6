import { describe, python, test } from './python';

/** Which times it pauses when kinit ends so, one after the other, until it is told to end. */
function renew(codes: string[], seconds = 3600): { paused: unknown; printed: string[] } {
  const { value, printed } = python(`
import signal, types
import renew_ticket as renew
codes, paused = [${codes.join(', ')}], []
def run(command, timeout):
    assert command == ["kinit", "-k"] and timeout == 60
    code = codes.pop(0)
    if isinstance(code, Exception): raise code
    return types.SimpleNamespace(returncode=code)
def sleep(pause):
    paused.append(pause)
    if not codes: signal.raise_signal(signal.SIGTERM)
renew.subprocess.run, renew.time.sleep = run, sleep
try:
    renew.main(${seconds}, ["kinit", "-k"])
except SystemExit as end:
    answer([paused, end.code])`);
  const [paused, code] = value as [unknown, number];
  expect(code).toBe(0);
  return { paused, printed };
}

describe('renew_ticket', () => {
  test('renews each time, until it is told to end', () => {
    expect(renew(['0', '0'])).toEqual({ paused: [3600, 3600], printed: Array(2).fill('the ticket is renewed, next in 3600 s') });
  });

  test('tries again soon after a failure, and says so', () => {
    expect(renew(['1', '0'])).toEqual({ paused: [15, 3600], printed: ['the ticket could not be renewed, next in 15 s', 'the ticket is renewed, next in 3600 s'] });
    expect(renew(['1'], 5).paused).toEqual([5]);
  });

  test('goes on where kinit hangs or is not there', () => {
    const missing = 'FileNotFoundError(2, "No such file or directory", "kinit")';
    expect(renew([missing, 'renew.subprocess.TimeoutExpired("kinit", 60)']).printed).toEqual([
      "[Errno 2] No such file or directory: 'kinit'", 'the ticket could not be renewed, next in 15 s',
      "Command 'kinit' timed out after 60 seconds", 'the ticket could not be renewed, next in 15 s',
    ]);
  });
});
