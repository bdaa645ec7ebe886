/** Reads one variable of a Lambda's environment: lambdas.ts says which there are. */
import { z } from 'zod';
import { refuse } from '#core/refusal.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const Value = z.string().trim().min(1);

/** @throws {Refusal} `environment-incomplete`, which names the variable */
export function variable(environment: Environment, name: string): string {
  const { data } = Value.safeParse(environment[name]);
  if (data !== undefined) return data;
  throw refuse('environment-incomplete', 500, {
    expected: `${name} in the environment of this Lambda`,
    received: environment[name] === undefined ? 'none' : 'an empty value',
    action: 'Deploy the stacks again: infra/aws/lambdas.ts says who needs what.',
  });
}

/** Undefined where it is not set. */
export const optional = (environment: Environment, name: string): string | undefined =>
  Value.safeParse(environment[name]).data;
