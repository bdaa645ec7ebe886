import type { Reporter, TestModule } from 'vitest/node';

/** Says at the end which tests were skipped, and why: never in silence. */
export class SkippedByName implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const names: string[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests('skipped'))
        names.push(`${module.relativeModuleId}: ${test.fullName}`);
    }
    if (names.length === 0) return;
    console.log(
      `\nSkipped for the reason in brackets, or for want of a tool (npm run setup:test installs it on Debian):\n${names.map((name) => `- ${name}`).join('\n')}`,
    );
  }
}
