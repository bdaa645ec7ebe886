/** 最小权限: no role may do more than its line in lambdas.ts and its rights in table-rights.ts say. */
import { describe, expect, it } from 'vitest';
import { type FunctionName, RIGHTS, type Right } from '../../functions/platform/table-rights.ts';
import { foldersOf } from '../../infra/aws/environment.ts';
import { LAMBDA_NAMES, type LambdaName, lambdaSpec } from '../../infra/aws/lambdas.ts';
import { actionsOf, allResources, identityStatements, ofType, plain, resourcesOf, type Statement } from './policy.ts';
import type { Synthesised } from './synth.ts';

/** The only actions that AWS lets nobody bind to a resource. */
const WITHOUT_RESOURCE = [
  ...['rekognition:DetectFaces', 'rekognition:DetectText'],
  ...['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
];
const TABLE_WRITES = ['dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];

export function describeRights(made: Synthesised): void {
  describe('roles', () => {
    const deployed = LAMBDA_NAMES.filter((name) => made.settings.console === 'lambda' || name !== 'console');
    const idOf = (name: LambdaName) =>
      name
        .split('-')
        .map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
        .join('');
    const roleId = (name: LambdaName): string => {
      const pattern = new RegExp(`^${idOf(name)}Role[0-9A-F]{8}$`);
      const found = ofType(made, 'AWS::IAM::Role').filter(({ id }) => pattern.test(id));
      if (found.length !== 1) throw new Error(`Expected one role of ${name}, found ${found.length}`);
      return found[0]?.id ?? '';
    };
    const statementsOf = (name: LambdaName): Statement[] => {
      const id = roleId(name);
      return allResources(made)
        .filter((resource) => resource.id === id || JSON.stringify(resource.properties.Roles ?? []).includes(`"${id}"`))
        .flatMap(identityStatements);
    };
    const allowed = (name: LambdaName, action: RegExp) =>
      statementsOf(name)
        .filter((statement) => actionsOf(statement).some((one) => action.test(one)))
        .flatMap(resourcesOf);

    it('are one a function, and each function has its own', () => {
      const roles = deployed.map((name) => {
        const [made_] = ofType(made, 'AWS::Lambda::Function').filter(
          ({ properties }) => properties.FunctionName === `kerbwatch-${made.settings.stage}-${name}`,
        );
        return plain(made_?.properties.Role);
      });
      expect(roles).toEqual(deployed.map((name) => `\${${roleId(name)}.Arn}`));
      expect(new Set(roles).size).toBe(deployed.length);
    });

    it('have no managed policy', () => {
      for (const { id, properties } of ofType(made, 'AWS::IAM::Role')) {
        expect([id, properties.ManagedPolicyArns]).toEqual([id, undefined]);
      }
    });

    it('allow no action by a wildcard', () => {
      const wild = allResources(made)
        .flatMap(identityStatements)
        .flatMap((statement) => actionsOf(statement).filter((action) => action.includes('*')));
      expect(wild).toEqual([]);
    });

    it('name what they act on, but where AWS knows nothing to name', () => {
      const everywhere = allResources(made)
        .flatMap(identityStatements)
        .filter((statement) => resourcesOf(statement).includes('*'));
      const strange = everywhere.flatMap(actionsOf).filter((action) => !WITHOUT_RESOURCE.includes(action));
      expect(strange).toEqual([]);
      const { rekognition, tracing } = made.settings;
      expect(everywhere.length > 0).toBe(rekognition || tracing);
    });

    it('have wildcards in nothing but folders of blobs and streams of their own log', () => {
      const wild = allResources(made)
        .flatMap(identityStatements)
        .flatMap(resourcesOf)
        .filter((resource) => resource.includes('*') && resource !== '*');
      const folder = /^\$\{of (Frames|Evidence)[0-9A-F]{8}Arn[0-9A-F]{8}\}\/[a-z-]+\/\*$/;
      const log = /:log-group:\/kerbwatch\/[a-z0-9]+\/[a-z-]+:\*$/;
      const site = /^\$\{Site[0-9A-F]{8}\.Arn\}\/\*$|:s3:::cdk-hnb659fds-assets-\$\{AWS::AccountId\}-[a-z0-9-]+\/\*$/;
      expect(wild.filter((one) => !folder.test(one) && !log.test(one) && !site.test(one))).toEqual([]);
    });

    it.each(deployed)('let %s write where RIGHTS says, and nowhere else', (name) => {
      const { writesAs } = lambdaSpec(name);
      const writing = statementsOf(name).filter((statement) =>
        actionsOf(statement).some((action) => TABLE_WRITES.includes(action)),
      );
      if (writesAs.length === 0) return expect(writing).toEqual([]);
      expect(writing).toHaveLength(1);
      const [{ Condition = {} } = {}] = writing;
      const granted = Condition['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'];
      const rights = writesAs.flatMap((as: FunctionName): readonly Right[] => RIGHTS[as]);
      const expected = new Set(rights.map((right) => (right.endsWith('/') ? `${right}*` : right)));
      expect(new Set(Array.isArray(granted) ? granted : [granted])).toEqual(expected);
      // Without a key in the call, «for all values» would hold for none.
      expect(Condition.Null).toEqual({ 'dynamodb:LeadingKeys': 'false' });
    });

    it.each(deployed)('let %s do nothing with the table as a whole', (name) => {
      const actions = statementsOf(name)
        .flatMap(actionsOf)
        .filter((action) => action.startsWith('dynamodb:'));
      const known = ['dynamodb:ConditionCheckItem', 'dynamodb:GetItem', 'dynamodb:Query', ...TABLE_WRITES];
      expect(actions.filter((action) => !known.includes(action))).toEqual([]);
    });

    it.each(deployed)('let %s touch the folders of its line, each as the line says', (name) => {
      const { blobs } = lambdaSpec(name);
      const { reads = [], writes = [], deletes = [], holds = [] } = blobs;
      const folders = (resources: readonly string[]) =>
        [...new Set(resources.flatMap((resource) => /\}\/([a-z-]+)\/\*$/.exec(resource)?.[1] ?? []))].sort();
      expect(folders(allowed(name, /^s3:PutObject$/))).toEqual([...writes].sort());
      expect(folders(allowed(name, /^s3:DeleteObject/))).toEqual([...deletes].sort());
      expect(folders(allowed(name, /^s3:PutObjectLegalHold$/))).toEqual([...holds].sort());
      expect(folders(allowed(name, /^s3:GetObject$/))).toEqual(
        [...new Set([...reads, ...writes, ...deletes, ...holds])].sort(),
      );
      expect(allowed(name, /^s3:PutObjectRetention|^s3:Bypass|^s3:PutBucket/)).toEqual([]);
      if (foldersOf(lambdaSpec(name)).length === 0) expect(allowed(name, /^s3:/)).toEqual([]);
    });

    it.each(deployed)('let %s send to and take from the queues of its line', (name) => {
      const { sends, trigger } = lambdaSpec(name);
      const queues = (resources: readonly string[]) =>
        resources
          .map((resource) => /\{of ([A-Z][a-z]+)(Queue|DeadLetters)/.exec(resource)?.slice(1, 3).join(''))
          .sort();
      const title = (queue: string) => `${queue[0]?.toUpperCase()}${queue.slice(1)}`;
      expect(queues(allowed(name, /^sqs:SendMessage$/))).toEqual(sends.map((queue) => `${title(queue)}Queue`).sort());
      const takes = queues(allowed(name, /^sqs:ReceiveMessage$/));
      if (trigger.kind === 'queue') expect(takes).toEqual([`${title(trigger.queue)}Queue`]);
      else if (trigger.kind === 'operator') expect(takes.every((queue) => queue?.endsWith('DeadLetters'))).toBe(true);
      else expect(takes).toEqual([]);
    });

    it('let sign who signs, show keys who shows them, read the secret who reads it, ask Rekognition who may', () => {
      const who = (action: RegExp) => deployed.filter((name) => allowed(name, action).length > 0);
      expect(who(/^kms:Sign$/)).toEqual(deployed.filter((name) => lambdaSpec(name).signs === true));
      expect(who(/^kms:GetPublicKey$/)).toEqual(deployed.filter((name) => lambdaSpec(name).signs !== undefined));
      expect(who(/^secretsmanager:/)).toEqual(deployed.filter((name) => lambdaSpec(name).readsSettings === true));
      expect(who(/^rekognition:/)).toEqual(
        deployed.filter((name) => made.settings.rekognition && lambdaSpec(name).asksRekognition === true),
      );
    });

    it('use the data key only by the services that store with it', () => {
      for (const name of deployed) {
        const uses = statementsOf(name).filter((statement) => actionsOf(statement).includes('kms:Decrypt'));
        for (const { Condition } of uses) expect(Condition.StringLike?.['kms:ViaService']).toBeDefined();
      }
    });

    it('are small enough for IAM, which takes 10240 characters inline', () => {
      for (const { id, properties } of ofType(made, 'AWS::IAM::Role')) {
        // As it will be: an ARN of a bucket or a queue is of 60 to 100 characters.
        const text = JSON.stringify(properties.Policies ?? [], (_key, value: unknown) =>
          typeof value === 'object' &&
          value !== null &&
          !Array.isArray(value) &&
          /^(Ref|Fn::)/.test(Object.keys(value)[0] ?? '')
            ? 'Fn::Join' in value
              ? plain(value).replaceAll(/\$\{[^}]+\}/g, 'x'.repeat(90))
              : 'x'.repeat(90)
            : value,
        );
        expect([id, text.length < 10_240]).toEqual([id, true]);
      }
    });
  });
}
