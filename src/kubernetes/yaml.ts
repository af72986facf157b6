import { Json } from './pod';
import { gather } from './problems';

/**
 * The documents of a YAML text that are not empty.
 *
 * @throws for whatever the parser would only guess at, as cdk8s' own reader lets it: all errors of syntax, a line each
 */
export function parseYaml(text: string): Json[] {
  // The parser takes a while to load, and few programs read YAML.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { parseAllDocuments } = require('yaml') as typeof import('yaml');
  const documents = [...parseAllDocuments(text, { version: '1.1' })];
  gather(undefined, problems => {
    // What follows are lines of the text itself.
    for (const { message } of documents.flatMap(({ errors }) => errors)) { problems.add(message.split('\n')[0].replace(/:$/, '')); }
  });
  return documents.map(document => document.toJSON() as Json | null).filter(content => content !== null);
}
