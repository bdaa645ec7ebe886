/** What stands in which partition, and how it is named there. */
import { describe, expect, it } from 'vitest';
import { ROLES } from '../../functions/platform/identity.ts';
import { allResources, ofType, plain } from './policy.ts';
import type { Synthesised } from './synth.ts';

export function describePartition(made: Synthesised): void {
  const { settings, templates } = made;
  const types = new Set(allResources(made).map(({ type }) => type));
  const texts = [...templates.values()].map(({ text }) => text);

  describe('a partition', () => {
    it('is written out nowhere: ARNs and addresses are of where they stand', () => {
      for (const text of texts) {
        // What a principal of a service is called is the same in every partition.
        const others = text.replaceAll(/"(Service|Principal)":\s*"[a-z0-9.-]+\.amazonaws\.com"/g, '');
        expect(others.match(/[^"]*amazonaws\.com[^"]*/g) ?? []).toEqual([]);
        const given = settings.certificate ?? 'none';
        expect(text.replaceAll(given, '').match(/arn:aws[a-z-]*:/g) ?? []).toEqual([]);
      }
    });

    it('has what the settings say of it', () => {
      const has = (prefix: string) => [...types].some((type) => type.startsWith(prefix));
      expect(has('AWS::Cognito::')).toBe(settings.identity === 'cognito');
      expect(has('AWS::CloudFront::')).toBe(settings.console === 'cloudfront');
      const all = texts.join('');
      expect(all.includes('rekognition:')).toBe(settings.rekognition);
      expect(all.includes('xray:')).toBe(settings.tracing);
    });

    it('keeps each stack below the 500 resources and the megabyte that CloudFormation takes', () => {
      for (const { text, resources } of templates.values()) {
        expect(resources.length).toBeLessThan(500);
        expect(Buffer.byteLength(JSON.stringify(JSON.parse(text)))).toBeLessThan(1_000_000);
      }
    });
  });

  if (settings.identity === 'cognito') describePeople(made);
  if (settings.console === 'cloudfront') describeConsole(made);
}

function describePeople(made: Synthesised): void {
  describe('people who sign in', () => {
    it('do so with a second factor, in a group for each role, and by nobody but an administrator', () => {
      const [pool] = ofType(made, 'AWS::Cognito::UserPool');
      expect(pool?.properties).toMatchObject({
        ...{ MfaConfiguration: 'ON', EnabledMfas: ['SOFTWARE_TOKEN_MFA'] },
        AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
        Policies: { PasswordPolicy: { MinimumLength: 12 } },
        Schema: expect.arrayContaining([expect.objectContaining({ Name: 'unit', Mutable: true })]),
      });
      const groups = ofType(made, 'AWS::Cognito::UserPoolGroup').map(({ properties }) => properties.GroupName);
      expect(groups).toEqual(ROLES);
    });

    it('do so by code and PKCE: a page keeps no secret', () => {
      const [client] = ofType(made, 'AWS::Cognito::UserPoolClient');
      expect(client?.properties).toMatchObject({
        ...{ GenerateSecret: false, AllowedOAuthFlows: ['code'], PreventUserExistenceErrors: 'ENABLED' },
        EnableTokenRevocation: true,
      });
    });
  });
}

function describeConsole(made: Synthesised): void {
  const { settings } = made;
  describe('the console', () => {
    const [distribution] = ofType(made, 'AWS::CloudFront::Distribution').map(({ properties }) =>
      JSON.stringify(properties),
    );

    it('has the API behind its own origin, and is logged', () => {
      for (const pattern of ['/v1/*', '/healthz', '/openapi.json', '/docs']) {
        expect(distribution).toContain(`"PathPattern":"${pattern}"`);
      }
      expect(distribution).toContain('"Logging":');
    });

    it('takes TLS 1.2 where it has a certificate of its own', () => {
      expect(distribution?.includes('"MinimumProtocolVersion":"TLSv1.2_2021"')).toBe(
        settings.certificate !== undefined,
      );
    });

    it('sends the policies of the pages and of the verifier as at home', () => {
      const policies = ofType(made, 'AWS::CloudFront::ResponseHeadersPolicy').map(({ properties }) =>
        JSON.stringify(properties),
      );
      expect(policies.filter((policy) => policy.includes("default-src 'none'; script-src 'self'"))).toHaveLength(3);
      for (const policy of policies) expect(policy).toContain('"StrictTransportSecurity"');
    });

    it('lies in a bucket that this distribution alone reads', () => {
      const [reads] = ofType(made, 'AWS::S3::BucketPolicy').filter(({ properties }) =>
        JSON.stringify(properties).includes('cloudfront.amazonaws.com'),
      );
      expect(plain(reads?.properties.PolicyDocument)).toContain('"aws:SourceArn"');
    });
  });
}
