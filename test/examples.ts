import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { App } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import { Manifest } from './util';
import { Airflow } from '../src';

const FOLDER = path.join(__dirname, '..', 'examples');
const ran = new Map<string, Example>();

interface Example {
  readonly manifest: Manifest[];
  readonly airflows: Airflow[];
}

/** The folders of examples/ that hold a program. */
export function exampleNames(): string[] {
  return fs.readdirSync(FOLDER).filter(name => fs.existsSync(path.join(FOLDER, name, 'main.ts'))).sort();
}

/** The objects that an example writes. */
export function synthExample(name: string): Manifest[] {
  return once(name).manifest;
}

/** The Airflows that an example has, in their order. */
export function exampleAirflows(name: string): Airflow[] {
  return once(name).airflows;
}

/** It is run as it is, in this process. */
function once(name: string): Example {
  const example = ran.get(name) ?? run(name);
  ran.set(name, example);
  return example;
}

function run(name: string): Example {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'example-'));
  const { env } = process;
  const silenced = jest.spyOn(console, 'log').mockImplementation(() => {});
  const synth = jest.spyOn(App.prototype, 'synth');
  // Nothing of the machine's environment decides what an example writes.
  process.env = { CDK8S_OUTDIR: outdir };
  try {
    jest.requireActual(path.join(FOLDER, name, 'main.ts'));
    const documents = fs.readdirSync(outdir).sort().flatMap(file => parseAllDocuments(fs.readFileSync(path.join(outdir, file), 'utf8')));
    const airflows = synth.mock.contexts.flatMap(app => (app as App).node.findAll()).filter(construct => construct instanceof Airflow);
    return { manifest: documents.map(document => document.toJS() as Manifest), airflows };
  } finally {
    process.env = env;
    silenced.mockRestore();
    synth.mockRestore();
    fs.rmSync(outdir, { recursive: true });
  }
}
