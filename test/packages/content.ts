import * as fs from 'fs';
import * as path from 'path';
import { filesIn, run } from './checks';
import { ROOT } from '../markdown';

// About a tenth more than what they are: who adds much says so here.
const LARGEST_PACKED = 2_350;
const LARGEST_UNPACKED = 9_050;

/** What the npm package consists of, each with the reason to be in it. */
const MEANT = [
  /^package\.json$/, /^README\.md$/, /^LICENSE$/,
  /^\.jsii$/, // what makes it usable from other languages
  /^lib\/.*\.(js|d\.ts)$/,
  /^python\/.*\.py$/, // runs in the pods
  /^data\/airflow-config-\d+\.\d+\.json$/, // the options of each version
  /^data\/chart-(keys|values)\.json$/, // the keys of the official chart, and what they become
  /^data\/metrics-\d+\.\d+\.json$/, // the metrics that each version emits
  /^data\/(dashboards|members|permissions|pod-fields)\.json$/, // the panels of dashboards, the members of structs, the permissions of FAB, the fields of pods
  /^node_modules\/yaml\//, // reads adopted templates
];

/** Throws unless the package is what it is meant to be; answers with its size. */
export function checkContent(tarball: string, folder: string): string {
  fs.mkdirSync(folder, { recursive: true });
  run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1'], folder);
  const files = filesIn(folder);
  const odd = files.filter(file => !MEANT.some(pattern => pattern.test(file)) || /(^|\/)(test|__snapshots__)\/|\.test\.|\.map$/.test(file));
  if (odd.length > 0) { throw new Error(`the package has ${odd.join(', ')}; exclude it in .projenrc.ts, or say in ${path.relative(ROOT, __filename)} that it is meant`); }
  const needed = [...filesIn(path.join(ROOT, 'python')).filter(file => file.endsWith('.py')).map(file => `python/${file}`),
    // Every table but those of the tools that make them.
    ...fs.readdirSync(path.join(ROOT, 'data')).filter(file => file.endsWith('.json') && file !== 'undocumented-options.json').map(file => `data/${file}`),
    'node_modules/yaml/package.json', 'lib/index.js', 'lib/index.d.ts', 'lib/cli/cli.js', '.jsii'];
  const missing = needed.filter(file => !files.includes(file));
  if (missing.length > 0) { throw new Error(`the package lacks ${missing.join(', ')}, which it needs when it runs`); }
  const packed = Math.ceil(fs.statSync(tarball).size / 1000);
  const unpacked = Math.ceil(files.reduce((sum, file) => sum + fs.statSync(path.join(folder, file)).size, 0) / 1000);
  if (packed > LARGEST_PACKED || unpacked > LARGEST_UNPACKED) {
    throw new Error(`the package has ${packed} kB, ${unpacked} kB unpacked, and may have ${LARGEST_PACKED} and ${LARGEST_UNPACKED}; find what it does not need, or raise the limits`);
  }
  return `${files.length} files, ${packed} kB, ${unpacked} kB unpacked`;
}
