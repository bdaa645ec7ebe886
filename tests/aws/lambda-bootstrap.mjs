/**
 * What Lambda's Node runtime does, and no more: loads the handler, asks the Runtime API for the next event, answers it, again and
 * again. A stand-in for AWS's own runtime, which is published as an image; it uses nothing but Node.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const environment = process.env;
const api = `http://${environment.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
// A test may say that it is later than it is; only Lambda itself knows better.
const RealDate = Date;
let aheadMs = 0;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RealDate.now() + aheadMs] : given));
  }
  static now() {
    return RealDate.now() + aheadMs;
  }
};

// One connection, waited on for as long as no event comes.
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function ask(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const sent = request(`${api}/${path}`, { method, agent, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, text: Buffer.concat(chunks).toString('utf8') }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const told = (error) =>
  JSON.stringify(
    error instanceof Error
      ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
      : { errorType: typeof error, errorMessage: String(error), trace: [] },
  );

async function load() {
  const [file, name] = (environment._HANDLER ?? '').split('.');
  const module = await import(pathToFileURL(join(environment.LAMBDA_TASK_ROOT ?? '.', `${file}.mjs`)).href);
  if (typeof module[name] !== 'function') throw new Error(`${environment._HANDLER} is undefined or not exported`);
  return module[name];
}

let handler;
try {
  handler = await load();
} catch (error) {
  console.error(error);
  await ask('POST', 'init/error', told(error), { 'Lambda-Runtime-Function-Error-Type': 'Runtime.InitError' });
  process.exit(1);
}

for (;;) {
  const { headers, text } = await ask('GET', 'invocation/next');
  const id = headers['lambda-runtime-aws-request-id'];
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  aheadMs = Number(headers['test-clock-ahead-ms'] ?? 0);
  environment._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'] ?? '';
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: id,
    getRemainingTimeInMillis: () => Math.max(0, deadline - RealDate.now()),
  };
  try {
    const answer = await handler(JSON.parse(text), context);
    await ask('POST', `invocation/${id}/response`, JSON.stringify(answer === undefined ? null : answer));
  } catch (error) {
    console.error(error);
    await ask('POST', `invocation/${id}/error`, told(error));
  }
}
