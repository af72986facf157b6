import * as path from 'path';
import * as cdk8s from 'cdk8s';
import * as ts from 'typescript';
import { Block, codeBlocks, pages, ROOT } from './markdown';
import * as library from '../src';

const LIBRARIES = { 'cdk8s': Object.keys(cdk8s), 'cdk8s-airflow': Object.keys(library) };

/** What a block that imports nothing goes on from, as the README says of the pages: one line before it, and one after it. */
const CONTEXT = [
  ...Object.entries(LIBRARIES).map(([name, exported]) => `import { ${exported.join(', ')} } from '${name}';`),
  "import * as kplus from 'cdk8s-plus-27'; import { Construct } from 'constructs';",
  'declare const app: App; declare const chart: AirflowChart; declare const airflow: Airflow; {\n',
].join(' ');

const BLOCKS = pages().flatMap(codeBlocks).filter(({ language }) => ['ts', 'typescript'].includes(language));

function moduleOf({ text }: Block): string {
  return /^import /m.test(text) ? `export {};\n${text}` : `${CONTEXT}${text}}\n`;
}

function compilerOptions(): ts.CompilerOptions {
  const file = path.join(ROOT, 'examples', 'tsconfig.json');
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(file, name => ts.sys.readFile(name)).config, ts.sys, path.dirname(file));
  // A page shows a part of a whole, in which not all is used.
  return { ...options, noUnusedLocals: false, noUnusedParameters: false, skipLibCheck: true };
}

/** Compiles all blocks at once, each as a module of its own; answers what is wrong with each. */
function compile(blocks: Block[]): Map<Block, string[]> {
  const files = new Map(blocks.map((block, index) => [path.join(ROOT, 'examples', `block-${index}.ts`), block]));
  const options = compilerOptions();
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = name => files.has(name) || fileExists(name);
  host.getSourceFile = (name, target, ...rest) => {
    const block = files.get(name);
    return block === undefined ? getSourceFile(name, target, ...rest) : ts.createSourceFile(name, moduleOf(block), target);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return new Map([...files].map(([name, block]) => {
    const source = program.getSourceFile(name)!;
    const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    const [page, first] = block.place.split(':');
    return [block, diagnostics.map(({ start, messageText }) => {
      const line = Number(first) + source.getLineAndCharacterOfPosition(start ?? 0).line - 1;
      return `${page}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    })];
  }));
}

test('the pages have programs', () => {
  expect(BLOCKS.length).toBeGreaterThan(30);
});

test('every block of TypeScript compiles: as it is, or where it imports nothing, with what the README says of the pages', () => {
  expect([...compile(BLOCKS).values()].flat()).toEqual([]);
});

test('a block that does not compile is told with its line', () => {
  const block = { language: 'ts', place: 'docs/page.md:7', text: 'const size = Size.gibibytes(1);\nnew AirflowChart(app, size);\n' };
  const program = { ...block, text: "import { App } from 'cdk8s';\n\nnew App({ outdir: 1 });\n" };
  expect([...compile([block, program]).values()]).toEqual([
    ["docs/page.md:8: Argument of type 'Size' is not assignable to parameter of type 'string'."],
    ["docs/page.md:9: Type 'number' is not assignable to type 'string'."],
  ]);
});
