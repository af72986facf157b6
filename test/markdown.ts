import * as fs from 'fs';
import * as path from 'path';

export const ROOT = path.join(__dirname, '..');

/** A block of code of a page. */
export interface Block {
  /** `docs/page.md:12`, where the code begins. */
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a page, which is named from the root of the repository. */
export function codeBlocks(page: string): Block[] {
  const found: Block[] = [];
  let open: { fence: string; line: number; language: string; lines: string[] } | undefined;
  fs.readFileSync(path.join(ROOT, page), 'utf8').split('\n').forEach((line, index) => {
    const fence = /^ {0,3}(```+)(\S*)/.exec(line);
    if (open === undefined) {
      if (fence !== null) { open = { fence: fence[1], line: index + 2, language: fence[2], lines: [] }; }
    } else if (line.trim() === open.fence) {
      found.push({ place: `${page}:${open.line}`, language: open.language, text: `${open.lines.join('\n')}\n` });
      open = undefined;
    } else {
      open.lines.push(line);
    }
  });
  if (open !== undefined) { throw new Error(`${page}:${open.line - 1}: the block of code has no end; add a line of '${open.fence}'`); }
  return found;
}

/** The first program of a page in a language: what the page tells a stranger to run. */
export function firstProgram(page: string, language: string, mark: string): string {
  const block = codeBlocks(page).find(({ language: own, text }) => own === language && text.includes(mark));
  if (block === undefined) { throw new Error(`${page} has no block of ${language} with '${mark}' in it; a stranger's first program is missing`); }
  return block.text;
}

/** The pages for people, but for those that are made by a tool. */
export function pages(): string[] {
  const below = (folder: string) => fs.readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(file => path.posix.join(folder, file));
  return ['README.md', 'CONTRIBUTING.md', ...['docs', 'examples', 'data'].flatMap(below).filter(file => file.endsWith('.md') && !/\/(dist|\.venv)\//.test(file)).sort()];
}
