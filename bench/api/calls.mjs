/** Calls to the AWS endpoint, signed as clients do, without a client's own work. */
import { createHash, createHmac } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';

const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** Answers `call(operation, input)`: the parsed answer, or an error that names what came. */
export function caller({ url, key }) {
  const { hostname, port, host } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const call = (operation, input) =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify(input);
      const headers = signed({ host, body, key, target: `DataPipeline.${operation}` });
      const outgoing = httpRequest(
        { agent, hostname, port, path: '/', method: 'POST', headers },
        (answer) => {
          const chunks = [];
          answer.on('data', (chunk) => chunks.push(chunk));
          answer.once('end', () => {
            const text = Buffer.concat(chunks).toString();
            if (answer.statusCode === 200) resolve(JSON.parse(text));
            else reject(new Error(`${operation}: ${answer.statusCode} ${text.slice(0, 500)}`));
          });
        },
      );
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  return { call, close: () => agent.destroy() };
}

/** Signature Version 4. */
function signed({ host, body, key, target }) {
  const at = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = `${at.slice(0, 8)}/us-east-1/datapipeline/aws4_request`;
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    host,
    'x-amz-date': at,
    'x-amz-target': target,
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = ['POST', '/', '', lines.join(''), names, sha256(body)].join('\n');
  const parts = [at.slice(0, 8), 'us-east-1', 'datapipeline', 'aws4_request'];
  const signing = parts.reduce(hmac, `AWS4${key.secretAccessKey}`);
  const signature = hmac(signing, ['AWS4-HMAC-SHA256', at, scope, sha256(canonical)].join('\n')).toString(
    'hex',
  );
  const credential = `Credential=${key.accessKeyId}/${scope}`;
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** The value below which the share `part` of the numbers lies. */
export function percentile(numbers, part) {
  const sorted = numbers.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
