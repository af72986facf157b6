import { Construct } from 'constructs';

/** What a user of the library did wrong; any other error is a fault of the library, or of another one. */
export class Mistake extends Error {}

/** Several mistakes in one error. */
class Mistakes extends Mistake {
  constructor(public readonly where: string, public readonly messages: readonly string[]) {
    super([`${where === '' ? '' : `${where}: `}${messages.length} mistakes:`, ...messages.map(message => `  ${message}`)].join('\n'));
  }
}

/** Collects what is wrong, so that its author sees all of it at once. */
export class Problems {
  private readonly found: Mistake[] = [];

  /** @param where the path of the construct, which an error names once */
  constructor(private readonly where: string) {}

  /** Runs what throws for a mistake. Any other error ends the search; after a mistake it is taken for a consequence of that. */
  public check(body: () => void): void {
    try {
      body();
    } catch (error) {
      if (!(error instanceof Mistake)) {
        this.throwAny();
        throw error;
      }
      this.found.push(error);
    }
  }

  /** Adds a mistake of the construct. */
  public add(message: string): void {
    this.found.push(new Mistake(this.where === '' ? message : `${this.where}: ${message}`));
  }

  /** Whether there are none. */
  public get isEmpty(): boolean {
    return this.found.length === 0;
  }

  /** Throws what was found: one mistake as it is, several as a list, each once. */
  public throwAny(): void {
    const messages = [...new Set(this.found.flatMap(error => this.messagesOf(error)))];
    if (messages.length > 1) { throw new Mistakes(this.where, messages); }
    if (messages.length === 1) { throw this.found[0]; }
  }

  private messagesOf(error: Mistake): string[] {
    if (!(error instanceof Mistakes)) { return [this.withoutPath(error.message)]; }
    return error.messages.map(message => this.withoutPath(error.where === '' ? message : `${error.where}: ${message}`));
  }

  private withoutPath(message: string): string {
    return this.where !== '' && message.startsWith(`${this.where}: `) ? message.slice(this.where.length + 2) : message;
  }
}

/** Runs checks, and throws all that they find at once; what the body itself throws comes last. */
export function gather(scope: Construct | undefined, body: (problems: Problems) => void): void {
  const problems = new Problems(scope?.node.path ?? '');
  problems.check(() => body(problems));
  problems.throwAny();
}
