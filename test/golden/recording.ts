import * as fs from 'fs';
import * as path from 'path';
import { text } from '../../src/kubernetes/checksum';
import { Json } from '../../src/kubernetes/pod';

/** The text of each section of a recording, by its title. */
export type Sections = { [title: string]: string };

const FOLDER = path.join(__dirname, 'recorded');
const TITLE = '## ';
const AS_IN = 'as in ';
/** A field of a pod's or of a container's: a line of its own where only one pod has it. */
const GROUP = /^spec\.(\w+|(initContainers|containers)\.[^.]+\.\w+)$/;

/** Newest first; a section that an earlier one of the list has just the same is not written again. */
export const RELEASES = ['3.3.2', '3.2.2', '3.1.8', '3.0.6', '2.11.2', '2.10.5'];

export function recordingFile(release: string): string {
  return path.join(FOLDER, `${release}.txt`);
}

const known = new Map<string, Sections>();

/** The sections of a release, those that are told of another one included. */
export function readRecording(release: string): Sections {
  const sections = known.get(release) ?? parse(release);
  known.set(release, sections);
  return sections;
}

function parse(release: string): Sections {
  const file = recordingFile(release);
  if (!fs.existsSync(file)) { throw new Error(`${file} is missing; run 'npm run golden'`); }
  return Object.fromEntries(fs.readFileSync(file, 'utf8').split(`\n${TITLE}`).slice(1).map(block => {
    const [title, ...lines] = block.trimEnd().split('\n');
    return [title, lines[0]?.startsWith(AS_IN) ? readRecording(lines[0].slice(AS_IN.length))[title] : lines.join('\n')];
  }));
}

export function writeRecording(release: string, head: string, sections: Sections, others: Map<string, Sections>): void {
  const blocks = Object.entries(sections).map(([title, told]) => {
    const other = [...others].find(([, theirs]) => theirs[title] === told)?.[0];
    return `${TITLE}${title}\n${other === undefined ? told : AS_IN + other}\n`;
  });
  known.delete(release);
  fs.mkdirSync(FOLDER, { recursive: true });
  fs.writeFileSync(recordingFile(release), [head, '', ...blocks].join('\n'));
}

/**
 * How two pods differ, one line for each field, group that only one has, or item of a list: `-` and where it stood in the first one,
 * `+` and where it stands in the second one; `[+0]` is the place behind the first list. Nothing is left out: with the first pod, the
 * lines tell the second one.
 */
export function differences(from: unknown, to: unknown, at = ''): string[] {
  if (text(from) === text(to)) { return []; }
  if (isContainers(at, from) && isContainers(at, to)) {
    const [before, after] = [from, to].map(list => list as Json[] | undefined ?? []);
    const order = after.length > 1 && names(before).join() !== names(after).join() ? [`+ ${at}: ${names(after).join(', ')}`] : [];
    return [...order, ...differences(byName(before), byName(after), at)];
  }
  if (isFields(from) && isFields(to) && !(GROUP.test(at) && (from === undefined || to === undefined))) {
    const fields = [...new Set([...Object.keys(from ?? {}), ...Object.keys(to ?? {})])].sort();
    const empty = (sign: string, value: Json | undefined) => (value !== undefined && Object.keys(value).length === 0 ? [`${sign} ${at}: {}`] : []);
    return [...empty('-', from), ...empty('+', to), ...fields.flatMap(field => differences(from?.[field], to?.[field], join(at, field)))];
  }
  if (isList(from) && isList(to)) { return ofLists(from, to, at); }
  return [...from === undefined ? [] : [`- ${at}: ${text(from)}`], ...to === undefined ? [] : [`+ ${at}: ${text(to)}`]];
}

/** Every field of plain data. */
export function allFields(of: Json): string[] {
  return differences(undefined, of).map(line => line.slice(2));
}

function ofLists(from: unknown[] | undefined, to: unknown[] | undefined, at: string): string[] {
  const [before, after] = [from, to].map(list => (list ?? []).map(text));
  const kept = common(before, after);
  // What only follows is counted from the end of the first list.
  const follows = kept.length === before.length && kept.every(([, index], nth) => index === nth);
  const place = (index: number) => (follows && before.length > 0 ? `+${index - before.length}` : `${index}`);
  const lines = (sign: string, items: string[], side: 0 | 1) => items
    .map((item, index) => (kept.some(pair => pair[side] === index) ? undefined : `${sign} ${at}[${place(index)}]: ${item}`)).filter(line => line !== undefined);
  const empty = (sign: string, list: unknown[] | undefined) => (list?.length === 0 ? [`${sign} ${at}: []`] : []);
  return [...empty('-', from), ...empty('+', to), ...lines('-', before, 0), ...lines('+', after, 1)];
}

/** Where the items of the longest common part stand in both lists. */
function common(before: string[], after: string[]): [number, number][] {
  const longest = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      longest[i][j] = before[i] === after[j] ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < before.length && j < after.length;) {
    if (before[i] === after[j]) { pairs.push([i++, j++]); } else if (longest[i + 1][j] >= longest[i][j + 1]) { i++; } else { j++; }
  }
  return pairs;
}

/** Containers are told apart by their names, so that one more does not move the others. */
function isContainers(at: string, value: unknown): boolean {
  const list = (value === undefined ? [] : value) as Json[];
  if (!/^spec\.(initContainers|containers)$/.test(at) || !Array.isArray(list)) { return false; }
  return new Set(names(list)).size === list.length && (value === undefined || list.length > 0);
}

function names(containers: Json[]): string[] {
  return containers.map(({ name }) => `${name as string}`);
}

function byName(containers: Json[]): Json | undefined {
  return containers.length === 0 ? undefined : Object.fromEntries(containers.map(({ name, ...container }) => [name as string, container]));
}

function isFields(value: unknown): value is Json | undefined {
  return value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value));
}

function isList(value: unknown): value is unknown[] | undefined {
  return value === undefined || Array.isArray(value);
}

function join(at: string, field: string): string {
  const name = /^[\w-]+$/.test(field) ? field : JSON.stringify(field);
  return at === '' ? name : `${at}.${name}`;
}
