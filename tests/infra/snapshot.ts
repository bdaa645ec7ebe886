/** The templates as somebody reads a change of them: without what changes by itself. */
import { SYSTEM_VERSION } from '../../infra/common/version.ts';
import type { Resource, Synthesised } from './synth.ts';

/** Hashes of assets follow their bytes, and versions their releases; neither is a change of what stands. */
const normalised = (text: string): string =>
  text.replaceAll(/[0-9a-f]{64}/g, 'ASSET').replaceAll(`Kerbwatch ${SYSTEM_VERSION}`, 'Kerbwatch VERSION');

/** One line a resource and one a property, in the order of their names. */
export function snapshotOf({ templates }: Synthesised): string {
  const lines = [...templates].flatMap(([stack, { resources }]) => [
    `# ${stack}`,
    ...sorted(resources).flatMap((resource) => ['', ...linesOf(resource)]),
    '',
  ]);
  return normalised(`${lines.join('\n')}\n`);
}

const sorted = (resources: readonly Resource[]): Resource[] =>
  [...resources].sort((a, b) => (`${a.type} ${a.id}` < `${b.type} ${b.id}` ? -1 : 1));

const linesOf = ({ id, type, properties, deletionPolicy }: Resource): string[] => [
  `${type} ${id}${deletionPolicy === undefined ? '' : ` (${deletionPolicy})`}`,
  ...Object.entries(properties)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`),
];

/** What a city has otherwise than another: what only one of them has, and properties that differ. */
export function differenceOf(one: Synthesised, other: Synthesised): string {
  const placeless = (line: string, { settings }: Synthesised) => line.replaceAll(settings.region, 'REGION');
  const [before, after] = [one, other].map(
    (made) =>
      new Map(
        [...made.templates.values()].flatMap(({ resources }) =>
          resources.map((resource): [string, Resource] => [
            `${resource.stack}: ${resource.type} ${resource.id}`,
            resource,
          ]),
        ),
      ),
  );
  const names = [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])].sort();
  const lines = names.flatMap((name) => {
    const [was, is] = [before?.get(name), after?.get(name)];
    if (was === undefined) return [`+ ${name}`];
    if (is === undefined) return [`- ${name}`];
    const old = linesOf(was).map((line) => placeless(line, one));
    const now = linesOf(is).map((line) => placeless(line, other));
    const gone = old.filter((line) => !now.includes(line)).map((line) => `  -${line}`);
    const come = now.filter((line) => !old.includes(line)).map((line) => `  +${line}`);
    return gone.length + come.length === 0 ? [] : [`~ ${name}`, ...gone, ...come];
  });
  return normalised(`${lines.join('\n')}\n`);
}
