import * as fs from 'fs';
import * as path from 'path';
import { pages, ROOT } from './markdown';

interface Link {
  /** `docs/page.md:12`. */
  readonly place: string;
  readonly target: string;
}

const lines = (page: string) => withoutCode(fs.readFileSync(path.join(ROOT, page), 'utf8')).split('\n');

/** Lines stay where they are; a heading keeps the words that stand in code. */
function withoutCode(text: string): string {
  return text.replace(/^ *```[\s\S]*?^ *```/gm, block => block.replace(/[^\n]/g, ''));
}

function linksOf(page: string): Link[] {
  const link = (place: string, target: string) => ({ place, target });
  return lines(page).flatMap((line, index) => {
    const place = `${page}:${index + 1}`;
    const text = line.replace(/`[^`]*`/g, '');
    return [...text.matchAll(/\]\(([^)\s]*)(?: "[^"]*")?\)/g), ...text.matchAll(/^ {0,3}\[[^\]]+\]: (\S+)/g), ...text.matchAll(/\b(?:src|href)="([^"]*)"/g)]
      .map(([, target]) => link(place, target));
  });
}

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const line of lines(page)) {
    const heading = /^#{1,6} +(.*?) *#*$/.exec(line)?.[1];
    if (heading === undefined) { continue; }
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, '').replace(/ /g, '-');
    let anchor = words;
    for (let count = 1; anchors.has(anchor); count++) { anchor = `${words}-${count}`; }
    anchors.add(anchor);
  }
  return anchors;
}

/** What is wrong with a link, if anything. */
function problem({ place, target }: Link): string | undefined {
  const said = `${place}: '${target}'`;
  if (/^[a-z]+:/.test(target)) {
    const fine = /^mailto:\S+@\S+$/.test(target) || (URL.canParse(target) && /^https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)+(\/|$)/.test(target));
    return fine ? undefined : `${said} is not the address of a page; write https://host/path`;
  }
  if (target.startsWith('/')) { return `${said} must be relative to its page`; }
  const page = place.split(':')[0];
  const [file, anchor] = target.split('#');
  const found = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
  if (found.startsWith('..') || !fs.existsSync(path.join(ROOT, found))) { return `${said} leads to ${found}, which does not exist`; }
  // API.md is made by a tool, with anchors of its own in it.
  if (anchor === undefined || found === 'API.md') { return undefined; }
  const anchors = found.endsWith('.md') ? [...anchorsOf(found)] : [];
  return anchors.includes(anchor) ? undefined : `${said}: ${found} has no heading of that anchor, but ${anchors.join(', ')}`;
}

const links = pages().flatMap(linksOf);

test('the pages have links', () => {
  expect(links.length).toBeGreaterThan(30);
});

test('every link in the pages leads somewhere', () => {
  expect(links.map(problem).filter(text => text !== undefined)).toEqual([]);
});

test('every page of docs/ is linked from another', () => {
  const linked = new Set(links.map(({ place, target }) => path.posix.join(path.posix.dirname(place), target.split('#')[0])));
  // The records of decisions are listed by their folder.
  const alone = pages().filter(page => page.startsWith('docs/') && !page.startsWith('docs/adr/') && !linked.has(page));
  expect(alone).toEqual([]);
});

test.each([
  ['docs/none.md', "README.md:1: 'docs/none.md' leads to docs/none.md, which does not exist"],
  ['../outside.md', "README.md:1: '../outside.md' leads to ../outside.md, which does not exist"],
  ['/docs/logs.md', "README.md:1: '/docs/logs.md' must be relative to its page"],
  ['http://cdk8s.io', "README.md:1: 'http://cdk8s.io' is not the address of a page; write https://host/path"],
  ['https://cdk8s', "README.md:1: 'https://cdk8s' is not the address of a page; write https://host/path"],
])('a link to %s is told', (target, message) => {
  expect(problem({ place: 'README.md:1', target })).toBe(message);
});

test('a link to a heading that does not exist is told, with those that do', () => {
  expect(problem({ place: 'README.md:1', target: 'docs/logs.md#nothing' })).toMatch(
    /^README\.md:1: 'docs\/logs\.md#nothing': docs\/logs\.md has no heading of that anchor, but logs, ephemeral-the-default, a-claim, /,
  );
  expect(problem({ place: 'README.md:1', target: '#documentation' })).toBeUndefined();
});
