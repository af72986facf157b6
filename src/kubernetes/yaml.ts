import { Json } from './pod';
import { gather } from './problems';

/**
 * Parses a YAML text and returns its documents, without the empty ones.
 *
 * @throws one line for each syntax error; the reader of cdk8s would guess instead
 */
export function parseYaml(text: string): Json[] {
  // The parser loads slowly, and few programs read YAML.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { parseAllDocuments } = require('yaml') as typeof import('yaml');
  const documents = [...parseAllDocuments(text, { version: '1.1' })];
  gather(undefined, problems => {
    // After its first line, a message quotes the text. Only the first line is kept.
    for (const { message } of documents.flatMap(({ errors }) => errors)) { problems.add(message.split('\n')[0].replace(/:$/, '')); }
  });
  return documents.map(document => document.toJSON() as Json | null).filter(content => content !== null);
}
