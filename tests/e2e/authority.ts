/** A time-stamp authority of the test's own: `openssl ts` behind an HTTP server, with certificates openssl made. */
import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Utf8String } from 'asn1js';
import { ContentInfo, PKIStatus, PKIStatusInfo, SignedData, TimeStampResp } from 'pkijs';
import { certificatesOfPem } from '#core/evidence/certificates.ts';

/**
 * Which certificate signs: one in force, one that ran out, one that is not for time stamping, one that was issued with a
 * certificate that may issue none.
 */
export type Signing = 'valid' | 'expired' | 'wrong-usage' | 'issued-by-nobody';

const config = (directory: string) => `
[ca]
default_ca = authority
[authority]
dir = ${directory}
database = ${directory}/index.txt
new_certs_dir = ${directory}/issued
serial = ${directory}/ca.serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[timestamping]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[signing-code]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,codeSigning
[intermediate]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[tsa]
serial = ${directory}/tsa.serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256,sha512
accuracy = secs:1
ess_cert_id_alg = sha256
`;

const TST_INFO = '1.2.840.113549.1.9.16.1.4';

/** What the authority signed. */
function statementOf(response: Uint8Array): Uint8Array {
  const { timeStampToken } = TimeStampResp.fromBER(Uint8Array.from(response));
  const { encapContentInfo } = new SignedData({ schema: timeStampToken?.content });
  return new Uint8Array(encapContentInfo.eContent?.getValue() ?? new ArrayBuffer());
}

function granted(token: Uint8Array): Uint8Array {
  const status = new PKIStatusInfo({ status: PKIStatus.granted });
  const timeStampToken = ContentInfo.fromBER(Uint8Array.from(token));
  return new Uint8Array(new TimeStampResp({ status, timeStampToken }).toSchema().toBER());
}

/** As some authorities answer: granted, and in words. */
function talkative(response: Uint8Array): Uint8Array {
  const answer = TimeStampResp.fromBER(Uint8Array.from(response));
  answer.status = new PKIStatusInfo({
    status: PKIStatus.granted,
    statusStrings: [new Utf8String({ value: 'Operation Okay' })],
  });
  return new Uint8Array(answer.toSchema().toBER());
}

/** @param chain whether an authority between the root and the one that stamps is put in; its certificate comes along */
export async function openAuthority({ key = 'rsa:2048', chain = false } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'authority-'));
  const at = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  mkdirSync(at('issued'));
  writeFileSync(at('openssl.cnf'), config(directory));
  for (const [name, content] of [
    ['index.txt', ''],
    ['ca.serial', '1001\n'],
    ['tsa.serial', '01\n'],
  ] as const)
    writeFileSync(at(name), content);
  const newKey = (name: string) => [
    ...[
      '-newkey',
      key.startsWith('ec') ? 'ec' : key,
      ...(key.startsWith('ec') ? ['-pkeyopt', `ec_paramgen_curve:${key.slice(3)}`] : []),
    ],
    ...['-nodes', '-keyout', `${name}.key`],
  ];
  openssl(
    'req',
    '-x509',
    ...newKey('ca'),
    '-out',
    'ca.pem',
    '-days',
    '3650',
    '-subj',
    '/CN=Test Root',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  );
  const issue = (
    name: string,
    { by, extensions, from, to }: { by: string; extensions: string; from: string; to: string },
  ) => {
    openssl('req', '-new', ...newKey(name), '-out', `${name}.csr`, '-subj', `/CN=Test ${name}`);
    openssl(
      ...['ca', '-batch', '-notext', '-config', 'openssl.cnf', '-cert', `${by}.pem`, '-keyfile', `${by}.key`],
      ...['-in', `${name}.csr`, '-out', `${name}.pem`, '-extensions', extensions, '-startdate', from, '-enddate', to],
    );
  };
  const long = { from: '20200101000000Z', to: '20400101000000Z' };
  if (chain) issue('between', { by: 'ca', extensions: 'intermediate', ...long });
  const by = chain ? 'between' : 'ca';
  issue('valid', { by, extensions: 'timestamping', ...long });
  issue('expired', { by, extensions: 'timestamping', from: '20200101000000Z', to: '20210101000000Z' });
  issue('wrong-usage', { by, extensions: 'signing-code', ...long });
  issue('issued-by-nobody', { by: 'wrong-usage', extensions: 'timestamping', ...long });
  const run = promisify(execFile);

  /** @param request DER of a TimeStampReq */
  async function reply(request: Uint8Array, signing: Signing): Promise<Uint8Array> {
    const [query, answer] = [at(`${randomUUID()}.tsq`), at(`${randomUUID()}.tsr`)];
    writeFileSync(query, request);
    const between = signing === 'issued-by-nobody' ? 'wrong-usage.pem' : chain ? 'between.pem' : undefined;
    const enclosed = between === undefined ? [] : ['-chain', between];
    const signer = ['-signer', `${signing}.pem`, '-inkey', `${signing}.key`];
    const ask = ['ts', '-reply', '-config', 'openssl.cnf', '-section', 'tsa', '-queryfile', query, ...enclosed];
    if (signing !== 'wrong-usage') {
      await run('openssl', [...ask, ...signer, '-out', answer], { cwd: directory });
      return readFileSync(answer);
    }
    // `openssl ts` refuses such a certificate, `openssl cms` signs the same statement with any.
    const [statement, token] = [`${answer}.info`, `${answer}.cms`];
    await run('openssl', [...ask, '-signer', 'valid.pem', '-inkey', 'valid.key', '-out', answer], { cwd: directory });
    writeFileSync(statement, statementOf(readFileSync(answer)));
    const cms = ['cms', '-sign', '-binary', '-nodetach', '-cades', '-md', 'sha256', '-econtent_type', TST_INFO];
    await run('openssl', [...cms, '-in', statement, ...signer, '-outform', 'DER', '-out', token], { cwd: directory });
    return granted(readFileSync(token));
  }

  const state: { signing: Signing; broken: null | 'down' | 'garbage' | 'stale' | 'talkative'; requests: number } = {
    signing: 'valid',
    broken: null,
    requests: 0,
  };
  let last: Uint8Array | undefined;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', async () => {
      state.requests += 1;
      if (state.broken === 'down') return response.writeHead(503).end();
      if (state.broken === 'garbage') return response.writeHead(200).end('not a stamp');
      const answer =
        state.broken === 'stale' && last
          ? last
          : await reply(Buffer.concat(parts), state.signing).catch(() => undefined);
      last = answer;
      if (answer === undefined) return response.writeHead(500).end();
      const said = state.broken === 'talkative' ? talkative(answer) : answer;
      return response.writeHead(200, { 'Content-Type': 'application/timestamp-reply' }).end(said);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/tsa`,
    caPath: at('ca.pem'),
    trust: certificatesOfPem(readFileSync(at('ca.pem'), 'utf8')),
    state,
    reply,
    async close() {
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
export type Authority = Awaited<ReturnType<typeof openAuthority>>;
