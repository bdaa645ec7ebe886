/** What the templates permit, statement by statement. */
import { z } from 'zod';
import type { Resource, Synthesised } from './synth.ts';

const Many = z.union([z.unknown().array(), z.unknown().transform((one) => [one])]);
const Statement = z.object({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: Many,
  Resource: Many.optional(),
  Principal: z.unknown().optional(),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});
export type Statement = z.infer<typeof Statement> & { readonly of: Resource };
const Document = z.object({ Statement: Statement.array() });

export const allResources = ({ templates }: Synthesised): Resource[] =>
  [...templates.values()].flatMap(({ resources }) => resources);

export const ofType = (synthesised: Synthesised, type: string): Resource[] =>
  allResources(synthesised).filter((resource) => resource.type === type);

const Inline = z.object({ Policies: z.object({ PolicyDocument: Document }).array() });
const Attached = z.object({ PolicyDocument: Document });
const OfKey = z.object({ KeyPolicy: Document });

/** Of roles and of policies attached to them. */
export const identityStatements = (resource: Resource): Statement[] => {
  const { data: inline } = Inline.safeParse(resource.type === 'AWS::IAM::Role' ? resource.properties : undefined);
  const { data: attached } = Attached.safeParse(resource.type === 'AWS::IAM::Policy' ? resource.properties : undefined);
  const documents = [...(inline?.Policies.map(({ PolicyDocument }) => PolicyDocument) ?? []), attached?.PolicyDocument];
  return documents
    .flatMap((document) => document?.Statement ?? [])
    .map((statement) => ({ ...statement, of: resource }));
};

/** Of buckets, queues, topics and keys. */
export const resourceStatements = (resource: Resource): Statement[] => {
  const isPolicy = /^AWS::(S3::BucketPolicy|SQS::QueuePolicy|SNS::TopicPolicy)$/.test(resource.type);
  const { data: attached } = Attached.safeParse(isPolicy ? resource.properties : undefined);
  const { data: key } = OfKey.safeParse(resource.type === 'AWS::KMS::Key' ? resource.properties : undefined);
  const statements = [...(attached?.PolicyDocument.Statement ?? []), ...(key?.KeyPolicy.Statement ?? [])];
  return statements.map((statement) => ({ ...statement, of: resource }));
};

/** As a person reads it: `{"Ref":"AWS::Partition"}` -> `${AWS::Partition}`; what another stack exports by the id it has there. */
export function plain(value: unknown): string {
  if (typeof value === 'string') return value;
  const { data: join } = z.object({ 'Fn::Join': z.tuple([z.string(), z.unknown().array()]) }).safeParse(value);
  if (join !== undefined) return join['Fn::Join'][1].map(plain).join(join['Fn::Join'][0]);
  const { data: ref } = z.object({ Ref: z.string() }).safeParse(value);
  if (ref !== undefined) return `\${${ref.Ref}}`;
  const { data: got } = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }).safeParse(value);
  if (got !== undefined) return `\${${got['Fn::GetAtt'].join('.')}}`;
  const { data: imported } = z.object({ 'Fn::ImportValue': z.string() }).safeParse(value);
  if (imported !== undefined) {
    const [, kind, id] = /:ExportsOutput(Ref|FnGetAtt)(.+)$/.exec(imported['Fn::ImportValue']) ?? [];
    return `\${${kind === 'Ref' ? '' : 'of '}${id}}`;
  }
  return JSON.stringify(value);
}

export const actionsOf = ({ Action }: Statement): string[] => Action.map(plain);
export const resourcesOf = ({ Resource: named = [] }: Statement): string[] => named.map(plain);
