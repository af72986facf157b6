import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { ROOT } from './markdown';
import type { Members } from '../src/kubernetes/members';

/** Structs by name with the members that the program gives them. */
const mockUsed = new Map<string, Set<string>>();
let mockTable: Members;

jest.mock('../src/kubernetes/members', () => {
  const actual = jest.requireActual<typeof import('../src/kubernetes/members')>('../src/kubernetes/members');
  mockTable = actual.readMembers('members');
  const record = (type: string, value: unknown): void => {
    const inner = type.slice(1, -1);
    if (Array.isArray(value)) { value.forEach(item => record(inner, item)); }
    if (mockTable[type] === undefined || value === undefined) {
      if (type.startsWith('{')) { Object.values(value as object).forEach(item => record(inner, item)); }
      return;
    }
    const members = mockUsed.get(type) ?? new Set();
    mockUsed.set(type, members);
    for (const [member, held] of Object.entries(value as object)) {
      if (held === undefined) { continue; }
      members.add(member);
      record(mockTable[type][member] ?? '', held);
    }
  };
  return { ...actual, checkMembers: (struct: string, value: object | undefined, ...others: []) => {
    record(struct, value);
    actual.checkMembers(struct, value, ...others);
  } };
});

beforeAll(() => {
  const { env } = process;
  jest.spyOn(console, 'log').mockImplementation(() => {});
  for (const AIRFLOW of ['3.3.2', '2.11.2']) {
    const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'everything-'));
    process.env = { CDK8S_OUTDIR: outdir, NAMESPACE: 'everything', AIRFLOW };
    jest.isolateModules(() => { jest.requireActual(path.join(ROOT, 'test/e2e/programs/everything.ts')); });
    fs.rmSync(outdir, { recursive: true });
  }
  process.env = env;
});

/** A struct that describes a whole Airflow pod: what one component has, all have, since one renderer makes their pods. */
const isPod = (struct: string) => Object.keys(mockTable.ComponentOptions).filter(member => Object.hasOwn(mockTable[struct], member)).length > 15;

test('print', () => {
  const out: string[] = [];
  const ofPods = new Set([...mockUsed].filter(([struct]) => isPod(struct)).flatMap(([, members]) => [...members]));
  for (const [struct, members] of Object.entries(mockTable)) {
    const used = mockUsed.get(struct);
    if (used === undefined) { continue; }
    const unused = Object.keys(members).filter(member => !used.has(member) && !(isPod(struct) && ofPods.has(member)));
    if (unused.length > 0) { out.push(`${struct} ${unused.join(' ')}`); }
  }
  fs.writeFileSync('/tmp/h/knobs-unused.txt', out.join('\n'));
});
