/** What the commands share: a refusal is a sentence, anything unforeseen shows where it came from, and both exit with 1. */
import { Refusal } from '#core/refusal.ts';

export async function runCommand(command: () => Promise<void>, line: (text: string) => void): Promise<void> {
  try {
    await command();
  } catch (error) {
    for (const text of explain(error)) line(text);
    process.exitCode = 1;
  }
}

/** Lines for a terminal. */
export function explain(error: unknown): string[] {
  if (error instanceof Refusal && error.code.startsWith('model-')) return refusedModel(error);
  if (error instanceof Refusal) return [`${error.code}: ${error.message}`];
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
}

/** Nobody can run the program then, whatever they read: both languages, and the hashes one above the other. */
function refusedModel({ code, facts }: Refusal): string[] {
  return [
    `模型 ${facts.data?.model} 未通过校验，拒绝运行 Model ${facts.data?.model} failed its check: refusing to run (${code})`,
    `  应为 expected  ${facts.expected}`,
    `  实为 received  ${facts.received}`,
    `  处理 to do     ${facts.action}`,
  ];
}
