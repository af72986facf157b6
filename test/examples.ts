import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { parseAllDocuments } from 'yaml';
import { Manifest } from './util';

const FOLDER = path.join(__dirname, '..', 'examples');
const synthesized = new Map<string, Manifest[]>();

/** The folders of examples/ that hold a program. */
export function exampleNames(): string[] {
  return fs.readdirSync(FOLDER).filter(name => fs.existsSync(path.join(FOLDER, name, 'main.ts'))).sort();
}

/** The objects that an example writes: it is run as it is, in this process. */
export function synthExample(name: string): Manifest[] {
  let manifest = synthesized.get(name);
  if (manifest === undefined) {
    manifest = run(name);
    synthesized.set(name, manifest);
  }
  return manifest;
}

function run(name: string): Manifest[] {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'example-'));
  const { env } = process;
  const silenced = jest.spyOn(console, 'log').mockImplementation(() => {});
  // Nothing of the machine's environment decides what an example writes.
  process.env = { CDK8S_OUTDIR: outdir };
  try {
    jest.requireActual(path.join(FOLDER, name, 'main.ts'));
    return fs.readdirSync(outdir).sort().flatMap(file => parseAllDocuments(fs.readFileSync(path.join(outdir, file), 'utf8')))
      .map(document => document.toJS() as Manifest);
  } finally {
    process.env = env;
    silenced.mockRestore();
    fs.rmSync(outdir, { recursive: true });
  }
}
