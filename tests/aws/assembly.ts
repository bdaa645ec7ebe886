/**
 * What `cdk synth` wrote: every stack's template, and which folder each of its assets lies in.
 * https://docs.aws.amazon.com/cdk/v2/guide/deploy.html, cloud assembly
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, type JsonObject, objectOf, textOf } from './json.ts';

export interface Resource {
  readonly type: string;
  readonly properties: JsonObject;
  readonly condition: string | undefined;
}

export interface Stack {
  /** Of the artefact; the others refer to it by what it exports. */
  readonly id: string;
  readonly name: string;
  readonly region: string;
  /** By logical id. */
  readonly resources: ReadonlyMap<string, Resource>;
  readonly parameters: JsonObject;
  readonly mappings: JsonObject;
  readonly conditions: JsonObject;
  readonly outputs: JsonObject;
  /** Folders or files by the hash that templates name them by. */
  readonly assets: ReadonlyMap<string, string>;
}

export interface Assembly {
  readonly stacks: readonly Stack[];
}

export async function readAssembly(directory: string): Promise<Assembly> {
  const { artifacts } = await readJson(join(directory, 'manifest.json'));
  const stacks: Stack[] = [];
  for (const [id, artifact] of Object.entries(objectOf(artifacts))) {
    const { type, properties: stated, environment } = objectOf(artifact);
    const properties = objectOf(stated);
    if (type === 'cdk:cloud-assembly') {
      const nested = await readAssembly(join(directory, textOf(properties.directoryName, 'directoryName')));
      stacks.push(...nested.stacks);
    }
    if (type !== 'aws:cloudformation:stack') continue;
    const template = await readJson(join(directory, textOf(properties.templateFile, 'templateFile')));
    const region = /^aws:\/\/[^/]+\/(.+)$/.exec(textOf(environment, 'environment'))?.[1] ?? 'unknown-region';
    stacks.push({
      id,
      name: typeof properties.stackName === 'string' ? properties.stackName : id,
      region,
      resources: resourcesOf(template),
      parameters: objectOf(template.Parameters),
      mappings: objectOf(template.Mappings),
      conditions: objectOf(template.Conditions),
      outputs: objectOf(template.Outputs),
      assets: await assetsOf(directory, id),
    });
  }
  return { stacks };
}

function resourcesOf(template: JsonObject): Map<string, Resource> {
  const resources = Object.entries(objectOf(template.Resources)).map(([id, stated]): [string, Resource] => {
    const { Type, Properties, Condition } = objectOf(stated);
    const condition = typeof Condition === 'string' ? Condition : undefined;
    return [id, { type: textOf(Type, `Type of ${id}`), properties: objectOf(Properties), condition }];
  });
  return new Map(resources);
}

async function assetsOf(directory: string, stackId: string): Promise<Map<string, string>> {
  const { files } = await readJson(join(directory, `${stackId}.assets.json`)).catch((): JsonObject => ({}));
  const assets = Object.entries(objectOf(files)).map(([hash, file]): [string, string] => [
    hash,
    join(directory, textOf(objectOf(objectOf(file).source).path, `path of asset ${hash}`)),
  ]);
  return new Map(assets);
}

async function readJson(path: string): Promise<JsonObject> {
  const value: unknown = JSON.parse(await readFile(path, 'utf8'));
  if (!isObject(value)) throw new Error(`Expected an object in ${path}`);
  return value;
}
