import * as fs from 'fs';
import * as path from 'path';
import { Construct } from 'constructs';
import { gather } from '../kubernetes/problems';
import { failure } from '../kubernetes/validate';

/** The most bytes that Kubernetes keeps in a ConfigMap. */
const MOST = 1024 ** 2;
const IGNORE_FILE = '.airflowignore';

/** A file for a ConfigMap: its key, its path below the folder, and its text. */
export interface DagFile {
  readonly key: string;
  readonly path: string;
  readonly text: string;
}

/**
 * Reads the files of a folder, for a ConfigMap. Hidden files other than `.airflowignore`, and the caches of Python, are left out.
 *
 * @throws when there is no file, when a file is no text, when a name cannot be a key, or when the files are too large for a ConfigMap
 */
export function readDagFiles(scope: Construct, folder: string): DagFile[] {
  if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw failure(scope, `'dags' must be the path of a folder, got '${folder}', which is none at ${path.resolve(folder)}`);
  }
  const files = pathsBelow(folder).sort().map(file => ({ path: file, bytes: fs.readFileSync(path.join(folder, file)) }));
  const keys = new Map<string, string>();
  gather(scope, problems => {
    if (files.length === 0) {
      problems.add(`'dags' must be a folder with files, got '${folder}' without any; use DagSource.fromImage() for the image's own`);
    }
    for (const { path: file, bytes } of files) {
      const key = keyOf(file);
      const other = keys.get(key);
      if (other !== undefined) {
        problems.add(`'dags' has '${other}' and '${file}', which would be the same key of a ConfigMap; rename one of them`);
      }
      keys.set(key, file);
      if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key)) {
        problems.add(
          `'dags' must have paths of letters, digits, '-', '_' and '.', since they are keys of a ConfigMap, got '${file}'; rename it`,
        );
      }
      if (!bytes.equals(Buffer.from(bytes.toString('utf8'))) || bytes.includes(0)) {
        problems.add(`'dags' must have files of text in UTF-8, got '${file}'; put other files into the image, a bucket or a volume`);
      }
    }
    const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (total > MOST) {
      problems.add(`'dags' must have at most ${MOST} bytes, which is all that a ConfigMap holds, got ${total} in '${folder}'; `
        + 'use DagSource.gitSync(), or an image');
    }
  });
  return files.map(({ path: file, bytes }) => ({ key: keyOf(file), path: file, text: bytes.toString('utf8') }));
}

/** A key has no slashes. */
function keyOf(file: string): string {
  return file.split('/').join('__');
}

function pathsBelow(folder: string, above: string[] = []): string[] {
  return fs.readdirSync(path.join(folder, ...above)).flatMap(name => {
    if ((name.startsWith('.') && name !== IGNORE_FILE) || name === '__pycache__' || name.endsWith('.pyc')) { return []; }
    const inner = [...above, name];
    return fs.statSync(path.join(folder, ...inner)).isDirectory() ? pathsBelow(folder, inner) : [inner.join('/')];
  });
}
