import { Construct } from 'constructs';

/** A mistake of the library's user. Any other error is a bug, here or elsewhere. */
export class Mistake extends Error {}

/** Several mistakes in one error. */
class Mistakes extends Mistake {
  constructor(public readonly where: string, public readonly messages: readonly string[]) {
    super([`${where === '' ? '' : `${where}: `}${messages.length} mistakes:`, ...messages.map(message => `  ${message}`)].join('\n'));
  }
}

/** Collects mistakes, so that the user sees all of them at once. */
export class Problems {
  private readonly found: Mistake[] = [];

  /** @param where the path of the construct, which the error names once */
  constructor(private readonly where: string) {}

  /**
   * Runs a check and keeps the mistake that it throws. Any other error ends the search. After a first mistake, other errors
   * count as its consequences and are dropped.
   */
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

  /** Whether there are no mistakes. */
  public get isEmpty(): boolean {
    return this.found.length === 0;
  }

  /** Throws the mistakes: a single one as it is, several as a list without duplicates. */
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

/** Runs checks and throws all their mistakes at once. A mistake that the body itself throws comes last. */
export function gather(scope: Construct | undefined, body: (problems: Problems) => void): void {
  const problems = new Problems(scope?.node.path ?? '');
  problems.check(() => body(problems));
  problems.throwAny();
}
