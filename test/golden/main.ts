import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { Rendered, versionOf } from './case';
import { mergeRulesTable, PAGE, readPage, withTable } from './merge-rules';
import { allFields, RELEASES, Sections, writeRecording } from './recording';
import {
  allMerges, changes, mergeInput, mergeOutput, mergeTitle, PER_TASK, plainTemplate, pythonSources, taskPodInput, taskPodOutput, taskPodsOf,
  taskPodTitle, withoutPerTask,
} from './sections';
import { Json } from '../../src/kubernetes/pod';

/** What `record.py` answers. */
interface Answer {
  readonly versions: { readonly [distribution: string]: string };
  readonly taskPods: Json[];
  readonly merges: (Json | string)[];
}

/** What the Airflow of a release makes of the cases, in the same order. */
function record(release: string, folder: string, rendered: Rendered[]): Answer {
  const taskPods = rendered.map((one, index) => ({ ...one.write(path.join(folder, `${index}`)), folder: `${index}` }));
  const merges = allMerges().map(([, given]) => given);
  fs.writeFileSync(path.join(folder, 'job.json'), JSON.stringify({ taskPods, merges }));
  const answer = path.join(folder, 'answer.json');
  const { status } = spawnSync('python3', [path.join(__dirname, 'record.py'), release, folder, answer], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) { throw new Error(`record.py ended with ${status} for Airflow ${release}; it needs Python 3.11 or newer, uv and access to the Python package index`); }
  return JSON.parse(fs.readFileSync(answer, 'utf8')) as Answer;
}

function sectionsOf(release: string, folder: string): { head: string; sections: Sections } {
  const [cases, plain] = [taskPodsOf(release), plainTemplate(release)];
  const rendered = cases.map(([, given]) => new Rendered(versionOf(release), given));
  const { versions, taskPods, merges } = record(release, folder, rendered);
  for (const [index, pod] of taskPods.entries()) {
    const { taken } = withoutPerTask(pod);
    if (taken.join() !== PER_TASK.join()) { throw new Error(`${release}, '${cases[index][0]}': of PER_TASK only ${taken.join(', ')}`); }
  }
  const usual = changes(rendered[0], taskPods[0]);
  const sections = Object.fromEntries([
    ['scripts of the library', pythonSources()],
    ['plain template', allFields(plain).join('\n')],
    ['what every pod gets', usual.join('\n')],
    ...cases.map(([name, given], index) => (
      [taskPodTitle(name), [taskPodInput(rendered[index], plain, given), taskPodOutput(rendered[index], taskPods[index], usual)].filter(Boolean).join('\n')])),
    ...allMerges().map(([name, given], index) => [mergeTitle(name), [mergeInput(name, given), mergeOutput(given, merges[index])].join('\n')]),
  ]) as Sections;
  const head = `What Airflow makes of task pods, recorded by \`npm run golden\`: ${Object.entries(versions).map(pair => pair.join(' ')).join(', ')}.`;
  return { head, sections };
}

const recorded = new Map<string, Sections>();
// All of them, since they refer to each other.
for (const release of RELEASES) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'golden-'));
  try {
    const { head, sections } = sectionsOf(release, folder);
    writeRecording(release, head, sections, recorded);
    recorded.set(release, sections);
    console.log(`${release}: ${Object.keys(sections).length} sections`);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
fs.writeFileSync(PAGE, withTable(readPage(), mergeRulesTable()));
