/** 人员登录: a user pool for officers, where the partition has one. Roles are groups; nobody signs up by themselves. */
import { Aws, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnUserPoolGroup,
  FeaturePlan,
  Mfa,
  OAuthScope,
  StandardThreatProtectionMode,
  StringAttribute,
  UserPool,
} from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { ROLES } from '#platform/identity.ts';
import { isDisposable, type Settings } from '../settings.ts';
import { stackProps } from './stack.ts';

export interface PeopleIdentity {
  readonly issuer: string;
  readonly client: string;
}

export function identityStack(scope: Construct, settings: Settings, origin: string): PeopleIdentity {
  const stack = new Stack(scope, 'Identity', stackProps(settings, 'identity', 'who signs people in'));
  const pool = new UserPool(stack, 'Officers', {
    userPoolName: `kerbwatch-${settings.stage}`,
    selfSignUpEnabled: false,
    signInAliases: { username: true },
    signInCaseSensitive: false,
    mfa: Mfa.REQUIRED,
    mfaSecondFactor: { otp: true, sms: false },
    passwordPolicy: {
      minLength: 12,
      requireLowercase: true,
      requireUppercase: true,
      requireDigits: true,
      requireSymbols: true,
      tempPasswordValidity: Duration.days(3),
    },
    // By an administrator: whoever reads an officer's mail is not that officer.
    accountRecovery: AccountRecovery.NONE,
    standardAttributes: { fullname: { required: true, mutable: true } },
    customAttributes: { unit: new StringAttribute({ minLen: 1, maxLen: 100, mutable: true }) },
    featurePlan: FeaturePlan.PLUS,
    standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION,
    deletionProtection: !isDisposable(settings),
    removalPolicy: isDisposable(settings) ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
  });
  for (const [precedence, role] of ROLES.entries()) {
    new CfnUserPoolGroup(stack, `Group-${role}`, {
      ...{ userPoolId: pool.userPoolId, groupName: role, precedence },
      description: `Kerbwatch: ${role}`,
    });
  }
  const client = pool.addClient('Console', {
    userPoolClientName: 'console',
    // A page keeps no secret: code and PKCE, https://www.rfc-editor.org/rfc/rfc7636
    generateSecret: false,
    authFlows: {},
    oAuth: {
      flows: { authorizationCodeGrant: true },
      scopes: [OAuthScope.OPENID, OAuthScope.PROFILE],
      callbackUrls: [`${origin}/`],
      logoutUrls: [`${origin}/`],
    },
    preventUserExistenceErrors: true,
    enableTokenRevocation: true,
    idTokenValidity: Duration.hours(1),
    accessTokenValidity: Duration.hours(1),
    refreshTokenValidity: Duration.hours(12),
  });
  const domain = pool.addDomain('Domain', {
    cognitoDomain: { domainPrefix: `kerbwatch-${settings.stage}-${Aws.ACCOUNT_ID}` },
  });
  new CfnOutput(stack, 'SignInAddress', { value: domain.baseUrl() });
  new CfnOutput(stack, 'Issuer', { value: pool.userPoolProviderUrl });
  new CfnOutput(stack, 'Client', { value: client.userPoolClientId });
  return { issuer: pool.userPoolProviderUrl, client: client.userPoolClientId };
}
