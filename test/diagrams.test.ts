import * as fs from 'fs';
import * as path from 'path';
import { exampleAirflows, exampleNames } from './examples';
import { codeBlocks, ROOT } from './markdown';

const MERMAID = /^```mermaid\n[\s\S]*?^```$/gm;
/** Set by `npm run diagrams`. */
const WRITES = process.env.WRITE_DIAGRAMS !== undefined;

/** The pages with diagrams, and the example that each is of. */
const PAGES = [...exampleNames().map(name => [`examples/${name}/README.md`, name]), ['docs/security.md', 'quickstart']];

/** Those of an example; Airflows that are alike have one. */
function diagramsOf(example: string): string[] {
  return [...new Set(exampleAirflows(example).map(({ networkGraph }) => networkGraph.toMermaid()))];
}

function writeDiagrams(page: string, diagrams: string[]): void {
  const file = path.join(ROOT, page);
  const text = fs.readFileSync(file, 'utf8');
  const count = text.match(MERMAID)?.length ?? 0;
  if (count !== diagrams.length) {
    throw new Error(`${page} must have ${diagrams.length} blocks of mermaid, got ${count}; put that many, empty, where the diagrams belong`);
  }
  const left = [...diagrams];
  fs.writeFileSync(file, text.replace(MERMAID, () => `\`\`\`mermaid\n${left.shift()}\`\`\``));
}

test.each(PAGES)('%s shows who talks to whom, as the model says it; npm run diagrams writes it', (page, example) => {
  const diagrams = diagramsOf(example);
  expect(diagrams).not.toEqual([]);
  if (WRITES) { writeDiagrams(page, diagrams); }
  expect(codeBlocks(page).filter(({ language }) => language === 'mermaid').map(({ text }) => text)).toEqual(diagrams);
});
