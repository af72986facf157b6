import { run } from './process';
import { Say } from './scenario';

/** A step of the plan that the import of a release writes. */
export interface PlanStep {
  readonly title: string;
  readonly commands: string;
  /** The commands of the way back. */
  readonly back: string;
}

/** The steps of a report, as they stand in it. */
export function stepsIn(report: string): PlanStep[] {
  const plan = report.slice(report.indexOf('## Plan of the move'), report.indexOf('### What can go wrong'));
  const block = (text = '') => /^```sh\n(.*?)^```$/ms.exec(text)?.[1] ?? '';
  return plan.split(/^### \d+\. /m).slice(1).map(part => {
    const [forward, back] = part.split(/^Back: /m);
    return { title: forward.split('\n')[0], commands: block(forward), back: block(back) };
  });
}

/** Runs nothing but the commands of a plan, in the folder of its program. */
export class PlanRun {
  constructor(private readonly folder: string, private readonly say: Say) {}

  public async forward({ title, commands }: PlanStep): Promise<void> {
    await this.bash(title, commands);
  }

  public async back({ title, back }: PlanStep): Promise<void> {
    await this.bash(`back from ${title}`, back);
  }

  private async bash(title: string, commands: string): Promise<void> {
    if (commands !== '') { await run('bash', ['-euo', 'pipefail', '-c', commands], { cwd: this.folder }); }
    this.say(title);
  }
}
