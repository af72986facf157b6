import { CONNECTION, DRIVER, POSTGRES } from './driver';
import { describe, python, test, withFiles } from './python';

describe('heartbeat', () => {
  /** The check with a folder for its notes and its log. */
  function beat(state: string, starting?: number): { code: unknown; printed: string; log: string } {
    return withFiles({ log: '' }, folder => {
      const { value, printed } = python(`${DRIVER}
import heartbeat, os
heartbeat.names = lambda: ["pod", "10.0.0.1"]
heartbeat.uptime = lambda: 60
heartbeat.NOTE, heartbeat.LOG = "${folder}/note", "${folder}/log"
${state}
code = heartbeat.main("SchedulerJob", 40, ${starting ?? 'None'})
answer([code, driver.asked, open(heartbeat.LOG).read()])`, POSTGRES);
      const [code, asked, log] = value as [number, [string, unknown[]][], string];
      for (const [query, values] of asked.slice(1)) {
        expect(query).toMatch(/FROM job\nWHERE job_type = %s AND hostname = ANY\(%s\) ORDER BY latest_heartbeat DESC LIMIT 1$/);
        expect(values).toEqual(['SchedulerJob', ['pod', '10.0.0.1']]);
      }
      expect(asked.slice(0, 1).map(([query]) => query)).toEqual(asked.length === 0 ? [] : ['SET LOCAL statement_timeout = 8000']);
      return { code, printed: printed.join('\n'), log };
    });
  }

  test.each([[3, 0], [40, 0], [41, 1], [4000, 1]])('%d seconds ago ends with %d', (age, code) => {
    expect(beat(`driver.jobs = [[${age}, 9999]]`)).toEqual({ code, printed: `SchedulerJob: last heartbeat ${age} s ago, allowed are 40`, log: '' });
  });

  test('is looked for in the schema of Airflow', () => {
    const { value } = python(`${DRIVER}
import heartbeat
driver.jobs = [[1, 9999]]
heartbeat.NOTE = "/nowhere"
answer([heartbeat.main("SchedulerJob", 40, None), driver.asked[1][0].split("FROM ")[-1].split("\\n")[0]])`,
    { ...POSTGRES, AIRFLOW__DATABASE__SQL_ALCHEMY_SCHEMA: 'airflow' });
    expect(value).toEqual([0, '"airflow".job']);
  });

  test('a job that is not there is a fault at the start only', () => {
    expect(beat('')).toEqual({ code: 0, printed: 'no SchedulerJob on pod, 10.0.0.1', log: '' });
    expect(beat('', 10).code).toBe(1);
  });

  test.each([
    ['its loop has not come round since it entered itself', 20, 21, 1],
    ['its loop runs', 2, 13, 0],
    ['the job is that of the container before, which was killed', 2, 200, 1],
  ])('at the start: %s', (_, age, since, code) => {
    expect(beat(`driver.jobs = [[${age}, ${since}]]`, 10).code).toBe(code);
  });

  const AWAY = "the database does not answer, which is not SchedulerJob's fault:   connection refused";

  test('a database that is away is no fault of the component', () => {
    expect(beat('driver.states = ["broken"]')).toEqual({ code: 0, printed: AWAY, log: '' });
  });

  test('that nobody watches is said in the log of the container, every 5 minutes', () => {
    const away = (seconds: number) => `import time\nopen(heartbeat.NOTE, "w").write(f"{time.time() - 720} {time.time() - ${seconds}}")\ndriver.states = ["broken"]`;
    expect(beat(away(301))).toEqual({ code: 0, printed: AWAY, log: `heartbeat.py: for 12 minutes nothing watches whether SchedulerJob hangs: ${AWAY}\n\n` });
    expect(beat(away(290)).log).toBe('');
  });

  test('what was not seen is forgotten once it is', () => {
    const noted = 'open(heartbeat.NOTE, "w").write("0 0")\ndriver.jobs = [[3, 9999]]\n';
    expect(beat(`${noted}import atexit\natexit.register(lambda: print(os.path.exists(heartbeat.NOTE)))`).printed).toMatch(/^SchedulerJob: .*\nFalse$/);
  });

  test('that the database refuses to tell is a fault, since it answered', () => {
    expect(() => beat('def refuse(*_): raise Error("no such column")\nCursor.execute = refuse')).toThrow(/Error: no such column\n$/);
  });

  const commands = [['airflow', 'jobs', 'check', '--job-type', 'TriggererJob', '--local'], ['airflow', 'db', 'check']];

  function byAirflow(codes: (number | string)[], env: { [name: string]: string }, starting?: number, start = ''): unknown {
    return withFiles({}, folder => python(`${start}
import heartbeat, subprocess, types
heartbeat.NOTE, heartbeat.LOG = "${folder}note", "${folder}log"
calls, codes = [], ${JSON.stringify(codes)}
def run(command, timeout):
    calls.append(command)
    code = codes.pop(0)
    if code == "hangs": raise subprocess.TimeoutExpired(command, timeout)
    return types.SimpleNamespace(returncode=code)
subprocess.run = run
code = heartbeat.main("TriggererJob", 40, ${starting ?? 'None'})
heartbeat.seen()
answer([code, calls])`, env).value);
  }

  test.each([[[0], 0, 1], [[1, 0], 1, 2], [[1, 1], 0, 2], [['hangs', 'hangs'], 0, 2], [['hangs', 0], 1, 2]])(
    'is asked of Airflow where the database is another (%j)', (codes, code, asked) => {
      expect(byAirflow(codes, { [CONNECTION]: 'mysql://host/db' })).toEqual([code, commands.slice(0, asked)]);
    });

  test('is asked of Airflow where the database refuses the URL', () => {
    const start = `${DRIVER}\ndriver.error = "fe_sendauth: no password supplied"\ndriver.states = ["broken"]`;
    expect(byAirflow([1, 0], POSTGRES, undefined, start)).toEqual([1, commands]);
  });

  test('asked of Airflow at the start must be there', () => {
    expect(byAirflow([1], { [CONNECTION]: 'mysql://host/db' }, 10)).toEqual([1, commands.slice(0, 1)]);
    expect(byAirflow([0], { [CONNECTION]: 'mysql://host/db' }, 10)).toEqual([0, commands.slice(0, 1)]);
  });

  test('looks for an IPv6 address in brackets as well, as a pod enters itself whose address goes into URLs', () => {
    const { value } = python(`
import heartbeat, socket
socket.gethostname = socket.getfqdn = lambda: "pod"
socket.getaddrinfo = lambda name, port: [(10, 1, 6, "", ("fd77::10", 0, 0, 0)), (2, 1, 6, "", ("10.0.0.1", 0))]
answer(heartbeat.names())`);
    expect(value).toEqual(['10.0.0.1', '[fd77::10]', 'fd77::10', 'pod']);
  });

  test('is looked for under every name of the pod', () => {
    const { value } = python('import heartbeat, socket\nanswer([list(heartbeat.names()), socket.gethostname()])');
    const [names, host] = value as [string[], string];
    expect(names).toContain(host);
  });

  test('knows since when its container runs', () => {
    expect(python('import heartbeat\nanswer(0 < heartbeat.uptime() <= float(open("/proc/uptime").read().split()[0]))').value).toBe(true);
  });
});
