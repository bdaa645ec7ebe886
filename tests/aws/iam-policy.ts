/**
 * A stand-in for IAM: whether the policies that a template gives a role allow an action. What the engines here never ask, AWS does.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import type { Assembly, Stack } from './assembly.ts';
import type { Resolver } from './intrinsics.ts';
import { isList, type Json, listOf, objectOf, textOf } from './json.ts';

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Operator -> key -> values. */
  readonly conditions: readonly {
    readonly operator: string;
    readonly key: string;
    readonly values: readonly string[];
  }[];
}

/** One thing asked of one resource. */
export interface Act {
  /** `dynamodb:PutItem` */
  readonly action: string;
  readonly resource: string;
  /** Values of condition keys: `dynamodb:LeadingKeys`. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/** All statements of a role: those within it, and those of policies attached to it. */
export function statementsOf(assembly: Assembly, resolver: Resolver, stack: Stack, roleId: string): Statement[] {
  const role = stack.resources.get(roleId);
  const inline = listOf(role?.properties.Policies).map((policy) => objectOf(policy).PolicyDocument);
  const attached = assembly.stacks.flatMap((each) =>
    [...each.resources.values()]
      .filter(({ type }) => type === 'AWS::IAM::Policy' || type === 'AWS::IAM::ManagedPolicy')
      .filter(({ properties }) => listOf(properties.Roles).some((one) => objectOf(one).Ref === roleId))
      .map(({ properties }) => properties.PolicyDocument),
  );
  return [...inline, ...attached].flatMap((document) =>
    listOf(objectOf(resolver.resolve(stack, document)).Statement).map(statementOf),
  );
}

function statementOf(stated: Json): Statement {
  const { Effect, Action, Resource, Condition } = objectOf(stated);
  return {
    effect: Effect === 'Deny' ? 'Deny' : 'Allow',
    actions: texts(Action),
    resources: texts(Resource),
    conditions: Object.entries(objectOf(Condition)).flatMap(([operator, keys]) =>
      Object.entries(objectOf(keys)).map(([key, values]) => ({ operator, key, values: texts(values) })),
    ),
  };
}

const texts = (value: Json | undefined): string[] =>
  (isList(value) ? value : value === undefined ? [] : [value]).map((one) =>
    typeof one === 'boolean' ? `${one}` : textOf(one, 'a value of a policy'),
  );

export function isAllowed(statements: readonly Statement[], act: Act): boolean {
  const matching = statements.filter((statement) => matches(statement, act));
  return matching.some(({ effect }) => effect === 'Allow') && !matching.some(({ effect }) => effect === 'Deny');
}

const matches = ({ actions, resources, conditions }: Statement, { action, resource, context }: Act): boolean =>
  actions.some((pattern) => isLike(action.toLowerCase(), pattern.toLowerCase())) &&
  resources.some((pattern) => isLike(resource, pattern)) &&
  conditions.every(({ operator, key, values }) => holds(operator, values, context[key]));

/** `*` any text, `?` any one sign. */
export const isLike = (text: string, pattern: string): boolean =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  ).test(text);

function holds(operator: string, values: readonly string[], found: readonly string[] | undefined): boolean {
  if (operator === 'Null') return values.every((isNull) => (isNull === 'true') === (found === undefined));
  const [quantifier, plain = operator] = operator.includes(':') ? operator.split(':') : ['one', operator];
  const one = (value: string): boolean => {
    if (plain === 'StringLike' || plain === 'ArnLike') return values.some((pattern) => isLike(value, pattern));
    if (plain === 'StringEquals' || plain === 'ArnEquals') return values.includes(value);
    if (plain === 'StringNotEquals') return !values.includes(value);
    throw new Error(`Condition operator ${operator} is not one this stand-in knows`);
  };
  if (quantifier === 'ForAllValues') return (found ?? []).every(one);
  return found?.some(one) ?? plain === 'StringNotEquals';
}
