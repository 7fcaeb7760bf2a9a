/**
 * Access logs of an imagined web shop in the combined log format, one file a day. The same day always gets the same
 * log. By hand: `node generate-logs.mjs --from 2026-11-08 --days 14 --to some/folder`.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { between, pick, randomFrom } from './random.mjs';
import {
  ASSETS,
  BOTS,
  BROKEN_LINKS,
  BROWSERS,
  CATALOGUE,
  PAGES,
  PROBES,
  REFERRERS,
  SEARCHES,
  SITE,
} from './site.mjs';

const DAY_SECONDS = 86_400;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Visits by hour of the day, UTC: quiet nights, a lunch break, evenings on the sofa. */
const HOURS = [4, 2, 1, 1, 1, 2, 6, 12, 18, 22, 24, 25, 30, 26, 22, 21, 23, 27, 34, 42, 46, 38, 22, 10];
/** Visits by day of the week, Sunday first: gardeners plan at the weekend. */
const VISITS_PER_WEEKDAY = [430, 300, 360, 285, 290, 280, 390];
/** What a combined log says when the client broke the connection before it sent a request. */
const EMPTY_REQUEST = '-';

/** Name of the file of `day` (YYYY-MM-DD), as the pipeline expects it. */
export function logFileName(day) {
  return `access-${day}.log`;
}

/** The day `days` after `day`, both YYYY-MM-DD. */
export function addDays(day, days) {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_SECONDS * 1000).toISOString().slice(0, 10);
}

/** The whole log of `day` (YYYY-MM-DD): about 4,500 lines in order of time, with a line feed after each. */
export function logOfDay(day) {
  const random = randomFrom(`fernhill ${day}`);
  const news = newsOf(day);
  const hits = [...visits(random, day, news), ...botHits(random), ...probeHits(random)];
  return hits
    .filter((hit) => hit.second < DAY_SECONDS)
    .sort((a, b) => a.second - b.second)
    .map((hit) => lineOf(day, afflict(hit, news, random)))
    .join('');
}

/** What happened on `day`: something does now and then, so that a report has something to tell. */
function newsOf(day) {
  const date = new Date(`${day}T00:00:00Z`);
  const evenWeek = Math.floor((date.getTime() / 1000 / DAY_SECONDS + 4) / 7) % 2 === 0;
  const weekday = date.getUTCDay();
  return {
    weekday,
    newsletter: weekday === 2,
    outage: weekday === 4 && evenWeek ? { from: 20 * 3600 + 540, to: 20 * 3600 + 2340 } : undefined,
    mention: weekday === 3 && !evenWeek,
  };
}

function* visits(random, day, news) {
  const count = Math.round(VISITS_PER_WEEKDAY[news.weekday] * (0.92 + random() * 0.16));
  for (let visit = 0; visit < count; visit++)
    yield* visitHits(random, hourOf(random), pick(random, REFERRERS).value);
  const extra = news.newsletter ? 90 : news.mention ? 260 : 0;
  for (let visit = 0; visit < extra; visit++) {
    yield* news.newsletter
      ? visitHits(random, 7 + Math.floor(random() * random() * 9), '-', '/offers')
      : visitHits(
          random,
          17 + Math.floor(random() * random() * 7),
          'https://links.example/item?id=40117',
          '/guides/no-dig-beds',
        );
  }
}

function hourOf(random) {
  return pick(
    random,
    HOURS.map((weight, hour) => ({ weight, hour })),
  ).hour;
}

/** One person on the site: a first page, its files, and perhaps more pages. */
function* visitHits(random, hour, referrer, firstPath) {
  const visitor = { address: addressOf(random), agent: pick(random, BROWSERS).value };
  const known = random() < 0.35; // has the files of an earlier visit in the browser
  let second = hour * 3600 + between(random, 0, 3599);
  let from = referrer;
  const pages = 1 + Math.floor(random() ** 2 * 5);
  for (let index = 0; index < pages; index++) {
    const page = PAGES.find((one) => index === 0 && one.path === firstPath) ?? pick(random, PAGES);
    yield {
      ...visitor,
      second,
      path: page.path,
      status: 200,
      sizeBytes: vary(random, page.sizeBytes),
      referrer: from,
    };
    from = `https://${SITE}${page.path}`;
    if (index === 0) yield* assetHits(random, visitor, second, from, known);
    if (page.picture)
      yield {
        ...visitor,
        second,
        path: page.picture,
        ...fileReply(known, 48_000 + page.sizeBytes),
        referrer: from,
      };
    second += between(random, 6, 110);
    yield* sideSteps(random, visitor, second, from);
  }
}

function* assetHits(random, visitor, second, referrer, known) {
  for (const asset of ASSETS)
    yield { ...visitor, second, path: asset.path, ...fileReply(known, asset.sizeBytes), referrer };
  if (!known && random() < 0.5) {
    yield { ...visitor, second: second + 1, path: '/favicon.ico', status: 200, sizeBytes: 4_286, referrer };
  }
}

function fileReply(known, sizeBytes) {
  return known ? { status: 304, sizeBytes: 0 } : { status: 200, sizeBytes };
}

/** What some people do besides reading: search, buy, download, follow a link that is dead. */
function* sideSteps(random, visitor, second, referrer) {
  const chance = random();
  if (chance < 0.1) {
    const path = `/search?q=${SEARCHES[between(random, 0, SEARCHES.length - 1)]}`;
    yield { ...visitor, second, path, status: 200, sizeBytes: vary(random, 13_000), referrer };
  } else if (chance < 0.18) {
    const basket = `https://${SITE}/basket`;
    yield { ...visitor, second, method: 'POST', path: '/basket', status: 303, sizeBytes: 0, referrer };
    yield { ...visitor, second, path: '/basket', status: 200, sizeBytes: vary(random, 9_400), referrer };
    if (random() < 0.6) {
      yield {
        ...visitor,
        second: second + 45,
        path: '/checkout',
        status: 200,
        sizeBytes: 11_020,
        referrer: basket,
      };
      yield {
        ...visitor,
        second: second + 130,
        method: 'POST',
        path: '/checkout',
        status: 303,
        sizeBytes: 0,
        referrer: `https://${SITE}/checkout`,
      };
    }
  } else if (chance < 0.2) {
    const whole = random() < 0.7;
    const sizeBytes = whole ? CATALOGUE.sizeBytes : between(random, 65_536, 1_900_000);
    yield { ...visitor, second, path: CATALOGUE.path, status: whole ? 200 : 206, sizeBytes, referrer };
  } else if (chance < 0.24) {
    const link = pick(random, BROKEN_LINKS);
    yield { ...visitor, second, path: link.path, status: 404, sizeBytes: 1_842, referrer: link.referrer };
  } else if (chance < 0.26) {
    yield { ...visitor, second, path: '/shop', status: 301, sizeBytes: 0, referrer };
  }
}

function* botHits(random) {
  for (const { agent, address, requestsPerDay, reads } of BOTS) {
    const count = Math.round(requestsPerDay * (0.85 + random() * 0.3));
    for (let index = 0; index < count; index++) {
      const second = Math.floor(((index + random()) / count) * DAY_SECONDS);
      yield { address, agent, second, referrer: '-', ...botReply(random, reads) };
    }
  }
}

function botReply(random, reads) {
  if (reads === 'feed') return { path: '/feed.xml', ...fileReply(random() < 0.8, 20_114) };
  if (reads === 'health') return { method: 'HEAD', path: '/', status: 200, sizeBytes: 0 };
  if (reads === 'stock') return { path: '/api/stock', status: 200, sizeBytes: vary(random, 2_900) };
  const chance = random();
  if (chance < 0.04) return { path: '/robots.txt', status: 200, sizeBytes: 214 };
  if (chance < 0.06) return { path: '/sitemap.xml', status: 200, sizeBytes: 9_870 };
  if (chance < 0.12) return { path: '/shop/garlic.html', status: 404, sizeBytes: 1_842 };
  const page = PAGES[between(random, 0, PAGES.length - 1)];
  return { path: page.path, ...fileReply(random() < 0.25, vary(random, page.sizeBytes)) };
}

/** Scanners that look for holes, and connections that never become a request. */
function* probeHits(random) {
  const scans = between(random, 1, 4);
  for (let scan = 0; scan < scans; scan++) {
    const scanner = {
      address: `203.0.113.${between(random, 100, 250)}`,
      agent: 'Mozilla/5.0 zgrab/0.x',
      referrer: '-',
    };
    let second = between(random, 0, DAY_SECONDS - 60);
    for (const path of PROBES) {
      second += between(random, 0, 2);
      yield { ...scanner, second, path, status: path.startsWith('/search') ? 200 : 404, sizeBytes: 1_842 };
    }
  }
  const silent = between(random, 2, 9);
  for (let index = 0; index < silent; index++) {
    const second = between(random, 0, DAY_SECONDS - 1);
    yield {
      address: `203.0.113.${between(random, 100, 250)}`,
      agent: '-',
      second,
      request: EMPTY_REQUEST,
      status: 408,
      sizeBytes: 0,
      referrer: '-',
    };
  }
}

/** While the shop's back end is down, whoever wants to buy gets an error. */
function afflict(hit, { outage }, random) {
  if (!outage || hit.second < outage.from || hit.second >= outage.to) return hit;
  const buying = /^\/(basket|checkout|api)/.test(hit.path ?? '');
  return buying || random() < 0.12 ? { ...hit, status: buying ? 503 : 502, sizeBytes: 587 } : hit;
}

/** Addresses that are nobody's: benchmark range of RFC 2544, documentation prefix of RFC 3849. */
function addressOf(random) {
  if (random() < 0.4)
    return `2001:db8:${between(random, 0x100, 0xfff).toString(16)}::${between(random, 1, 0xfff).toString(16)}`;
  return `198.${between(random, 18, 19)}.${between(random, 0, 255)}.${between(random, 1, 254)}`;
}

function vary(random, sizeBytes) {
  return Math.round(sizeBytes * (0.94 + random() * 0.12));
}

function lineOf(day, { address, second, method = 'GET', path, request, status, sizeBytes, referrer, agent }) {
  const [year, month, date] = day.split('-');
  const clock = new Date(second * 1000).toISOString().slice(11, 19);
  const time = `${date}/${MONTHS[Number(month) - 1]}/${year}:${clock} +0000`;
  const bytes = sizeBytes === 0 ? '-' : sizeBytes;
  return `${address} - - [${time}] "${request ?? `${method} ${path} HTTP/1.1`}" ${status} ${bytes} "${referrer}" "${agent}"\n`;
}

/** Writes `text` so that a reader sees the whole file or none. */
export async function writeWhole(folder, name, text) {
  await mkdir(folder, { recursive: true });
  const unfinished = join(folder, `.${name}.${process.pid}.part`);
  await writeFile(unfinished, text);
  await rename(unfinished, join(folder, name));
}

async function main() {
  const { values } = parseArgs({
    options: { from: { type: 'string' }, days: { type: 'string', default: '14' }, to: { type: 'string' } },
  });
  const { from, days, to } = values;
  if (!to || !/^\d{4}-\d{2}-\d{2}$/.test(from ?? '') || !/^\d{1,4}$/.test(days)) {
    console.error('Usage: node generate-logs.mjs --from YYYY-MM-DD [--days 14] --to FOLDER');
    process.exitCode = 2;
    return;
  }
  for (let index = 0; index < Number(days); index++) {
    const day = addDays(from, index);
    await writeWhole(to, logFileName(day), logOfDay(day));
  }
  console.log(`${days} days of logs from ${from} in ${to}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
