/**
 * CloudFormation's own functions in a template, resolved to what a test made of its resources.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
import type { Assembly, Resource, Stack } from './assembly.ts';
import { isList, isObject, type Json, type JsonObject, listOf, objectOf, textOf } from './json.ts';

export interface Physical {
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Place {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
  readonly urlSuffix: string;
}

export interface Resolver {
  /** Says what a resource became; only then can others refer to it. */
  made(stack: Stack, logicalId: string, physical: Physical): void;
  /** `undefined` for `AWS::NoValue`. @throws {Error} for a reference to what was not made */
  resolve(stack: Stack, value: Json | undefined): Json | undefined;
  properties(stack: Stack, resource: Resource): JsonObject;
  /** Whether the resource is there under its condition. */
  exists(stack: Stack, resource: Resource): boolean;
}

export function resolverOf({ stacks }: Assembly, place: Place): Resolver {
  const physicals = new Map<string, Physical>();
  const keyOf = (stack: Stack, logicalId: string) => `${stack.id}/${logicalId}`;

  const physical = (stack: Stack, logicalId: string): Physical => {
    const found = physicals.get(keyOf(stack, logicalId));
    if (found === undefined) throw new Error(`${keyOf(stack, logicalId)} was referred to and is not made`);
    return found;
  };

  const pseudo = (stack: Stack): Record<string, Json> => ({
    'AWS::Partition': place.partition,
    'AWS::AccountId': place.account,
    'AWS::Region': place.region,
    'AWS::URLSuffix': place.urlSuffix,
    'AWS::StackName': stack.name,
    'AWS::StackId': `arn:${place.partition}:cloudformation:${place.region}:${place.account}:stack/${stack.name}/0`,
  });

  function ref(stack: Stack, name: string): Json | undefined {
    if (name === 'AWS::NoValue') return undefined;
    const known = pseudo(stack)[name];
    if (known !== undefined) return known;
    const parameter = stack.parameters[name];
    return parameter === undefined ? physical(stack, name).ref : resolve(stack, objectOf(parameter).Default);
  }

  function attribute(stack: Stack, logicalId: string, name: string): string {
    const { attributes } = physical(stack, logicalId);
    const value = attributes[name];
    if (value === undefined) throw new Error(`${keyOf(stack, logicalId)} has no attribute ${name}`);
    return value;
  }

  function imported(name: Json | undefined): Json | undefined {
    for (const stack of stacks) {
      for (const output of Object.values(stack.outputs)) {
        const { Export, Value } = objectOf(output);
        if (Export !== undefined && resolve(stack, objectOf(Export).Name) === name) return resolve(stack, Value);
      }
    }
    throw new Error(`Nothing exports ${JSON.stringify(name)}`);
  }

  function substitute(stack: Stack, argument: Json | undefined): string {
    const [text, variables] = isList(argument) ? argument : [argument];
    return textOf(text, 'Fn::Sub').replaceAll(/\$\{([^!}][^}]*)\}/g, (_, name: string) => {
      const own = objectOf(variables)[name];
      const value =
        own !== undefined
          ? resolve(stack, own)
          : name.includes('.')
            ? attribute(stack, name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1))
            : ref(stack, name);
      return textOf(value, `\${${name}}`);
    });
  }

  function holds(stack: Stack, condition: Json | undefined): boolean {
    if (typeof condition === 'string') return holds(stack, stack.conditions[condition]);
    const [[name, argument] = []] = Object.entries(objectOf(condition));
    const all = listOf(argument);
    if (name === 'Condition') return holds(stack, argument);
    if (name === 'Fn::Not') return !holds(stack, all[0]);
    if (name === 'Fn::And') return all.every((one) => holds(stack, one));
    if (name === 'Fn::Or') return all.some((one) => holds(stack, one));
    if (name === 'Fn::Equals') return resolve(stack, all[0]) === resolve(stack, all[1]);
    throw new Error(`Unknown condition ${JSON.stringify(condition)}`);
  }

  function apply(stack: Stack, name: string, argument: Json | undefined): Json | undefined {
    const list = listOf(argument);
    switch (name) {
      case 'Ref':
        return ref(stack, textOf(argument, name));
      case 'Fn::GetAtt':
        return attribute(stack, textOf(list[0], name), textOf(resolve(stack, list[1]), name));
      case 'Fn::Join':
        return listOf(resolve(stack, list[1]))
          .map((part) => textOf(part, name))
          .join(textOf(list[0], name));
      case 'Fn::Sub':
        return substitute(stack, argument);
      case 'Fn::ImportValue':
        return imported(resolve(stack, argument));
      case 'Fn::Select':
        return listOf(resolve(stack, list[1]))[Number(list[0])];
      case 'Fn::Split':
        return textOf(resolve(stack, list[1]), name).split(textOf(list[0], name));
      case 'Fn::If':
        return resolve(stack, holds(stack, list[0]) ? list[1] : list[2]);
      case 'Fn::FindInMap': {
        const [map, first, second] = list.map((one) => textOf(resolve(stack, one), name));
        return objectOf(objectOf(stack.mappings[map ?? ''])[first ?? ''])[second ?? ''];
      }
      default:
        throw new Error(`Unknown function ${name}`);
    }
  }

  function resolve(stack: Stack, value: Json | undefined): Json | undefined {
    if (isList(value)) return value.map((one) => resolve(stack, one)).filter((one): one is Json => one !== undefined);
    if (!isObject(value)) return value;
    const entries = Object.entries(value);
    const [[name, argument] = []] = entries;
    if (entries.length === 1 && name !== undefined && (name === 'Ref' || name.startsWith('Fn::')))
      return apply(stack, name, argument);
    return Object.fromEntries(entries.map(([key, member]) => [key, resolve(stack, member)]));
  }

  return {
    made: (stack, logicalId, made) => void physicals.set(keyOf(stack, logicalId), made),
    resolve,
    properties: (stack, { properties }) => objectOf(resolve(stack, properties)),
    exists: (stack, { condition }) => condition === undefined || holds(stack, condition),
  };
}
