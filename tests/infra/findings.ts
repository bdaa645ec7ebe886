/** What cdk-nag finds in an app, and what of it is acknowledged by whom, with which reason. */
import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { z } from 'zod';

export interface Finding {
  readonly rule: string;
  /** `Api/PartyRole/Resource`. */
  readonly path: string;
}

/** @param all those that are acknowledged too */
export function findingsOf(app: App, { all }: { all: boolean }): Finding[] {
  const pack = new AwsSolutionsChecks(app);
  if (all) Reflect.set(pack, 'isAcknowledged', () => false);
  return pack
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath = '' }) => ({ rule: ruleName, path: constructPath })),
    );
}

export interface Acknowledgement extends Finding {
  readonly reason: string;
}

const Acknowledged = z.record(z.string(), z.string());

export function acknowledgementsOf(app: App): Acknowledgement[] {
  return app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(Acknowledged.parse(data)))
      .map(([rule, reason]) => ({ rule: rule.replace(/^Annotation::/, ''), reason, path: node.path })),
  );
}
