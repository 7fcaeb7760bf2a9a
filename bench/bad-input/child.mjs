/** One bad input in a process of its own: reads the file, validates it, checks its activation; prints what it took. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [dist, path, fileName] = process.argv.slice(2);
const load = (module) => import(pathToFileURL(`${dist}/${module}`).href);
const { readAnyDefinition } = await load('formats/read-any-definition.js');
const { checkActivation } = await load('model/definition/activation.js');

const startedMs = performance.now();
const startedCpu = process.cpuUsage();
const { definition, problems } = readAnyDefinition(readFileSync(path, 'utf8'), { fileName });
const isFatal = problems.some(({ severity }) => severity === 'fatal');
const check = isFatal ? { problems: [], notYet: [] } : checkActivation(definition);
const wallMs = performance.now() - startedMs;
const { user, system } = process.cpuUsage(startedCpu);
const { maxRSS } = process.resourceUsage();
const messages = [...problems, ...check.problems, ...check.notYet].map(({ message }) => message);
process.send({ wallMs, cpuMs: (user + system) / 1000, rssMib: maxRSS / 1024, messages });
