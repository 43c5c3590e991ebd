/** What a command has started, to be ended in reverse order, whatever happens in between. */
export class Cleanup {
  private readonly steps: (() => Promise<void>)[] = [];

  add(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  /** Runs every step, even when one fails. @throws the first failure, at the end */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.steps.reverse()) await step().catch((error: unknown) => failures.push(error));
    this.steps.length = 0;
    if (failures.length > 0) throw failures[0];
  }
}
