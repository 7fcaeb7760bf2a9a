/** The web site whose visitors the generator imagines: a small seed shop with growing guides. */

/** Host name of the shop; `.example` is reserved and belongs to nobody (RFC 2606). */
export const SITE = 'www.fernhill-seeds.example';

const SEEDS = [
  ['broad-bean-aquadulce', 9],
  ['tomato-gardeners-delight', 14],
  ['garlic-solent-wight', 12],
  ['sweet-pea-matucana', 8],
  ['lettuce-winter-density', 6],
  ['onion-senshyu', 6],
  ['chilli-apache', 7],
  ['pea-feltham-first', 5],
  ['spinach-giant-winter', 4],
  ['leek-musselburgh', 4],
  ['beetroot-boltardy', 4],
  ['kale-nero-di-toscana', 5],
  ['carrot-nantes', 3],
  ['radish-french-breakfast', 3],
  ['cornflower-blue-ball', 3],
  ['nasturtium-tip-top', 2],
  ['basil-genovese', 4],
  ['squash-crown-prince', 3],
  ['parsnip-gladiator', 2],
  ['foxglove-excelsior', 2],
];

const GUIDES = [
  ['sowing-calendar', 16],
  ['plant-garlic-in-autumn', 13],
  ['overwintering-broad-beans', 9],
  ['save-your-own-seed', 7],
  ['no-dig-beds', 10],
  ['compost-that-works', 6],
  ['slugs-without-poison', 8],
  ['seed-germination-table', 4],
  ['greenhouse-in-winter', 5],
];

/** Pages that people read: path, weight (how often), size of the page in bytes. */
export const PAGES = [
  { path: '/', weight: 40, sizeBytes: 18_400 },
  { path: '/seeds', weight: 22, sizeBytes: 31_200 },
  { path: '/offers', weight: 9, sizeBytes: 15_900 },
  { path: '/delivery', weight: 5, sizeBytes: 8_100 },
  { path: '/about', weight: 3, sizeBytes: 7_300 },
  ...SEEDS.map(([slug, weight], index) => ({
    path: `/seeds/${slug}`,
    weight,
    sizeBytes: 12_000 + ((index * 1_733) % 6_000),
    picture: `/images/seeds/${slug}.jpg`,
  })),
  ...GUIDES.map(([slug, weight], index) => ({
    path: `/guides/${slug}`,
    weight,
    sizeBytes: 22_000 + ((index * 4_211) % 19_000),
    picture: `/images/guides/${slug}.jpg`,
  })),
];

/** Files that every page pulls in; a returning browser asks for them again and gets 304. */
export const ASSETS = [
  { path: '/assets/site.css', sizeBytes: 24_310 },
  { path: '/assets/site.js', sizeBytes: 61_877 },
  { path: '/assets/logo.svg', sizeBytes: 3_942 },
];

/** The one big download of the site. */
export const CATALOGUE = { path: '/downloads/catalogue-2027.pdf', sizeBytes: 6_812_441 };

/** Pages that are not there any more (or never were) and the sites that still link to them. */
export const BROKEN_LINKS = [
  {
    path: '/guides/sowing-calender',
    referrer: 'https://allotment-forum.example/t/when-to-sow/8812',
    weight: 6,
  },
  { path: '/shop/garlic.html', referrer: 'https://old-links.example/garden', weight: 3 },
  { path: '/images/spring-banner.jpg', referrer: `https://${SITE}/offers`, weight: 4 },
  { path: '/apple-touch-icon.png', referrer: '-', weight: 3 },
];

/** Where people come from: referrer, weight. */
export const REFERRERS = [
  { value: 'https://www.google.com/', weight: 42 },
  { value: '-', weight: 30 },
  { value: 'https://duckduckgo.com/', weight: 9 },
  { value: 'https://www.bing.com/', weight: 6 },
  { value: 'https://allotment-forum.example/t/what-are-you-sowing/9120', weight: 7 },
  { value: 'https://www.gardenersdiary.example/november-jobs', weight: 5 },
  { value: 'https://m.facebook.com/', weight: 5 },
];

/** What people search for. */
export const SEARCHES = [
  'garlic',
  'broad+beans',
  'sweet+pea',
  'tomato',
  'green+manure',
  'onion+sets',
  'kale',
];

/** Browsers of people: value, weight. */
export const BROWSERS = [
  {
    value:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1',
    weight: 30,
  },
  {
    value:
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Mobile Safari/537.36',
    weight: 28,
  },
  {
    value:
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36',
    weight: 26,
  },
  { value: 'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0', weight: 8 },
  {
    value:
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15',
    weight: 12,
  },
];

/** Programs that read the site on their own: user agent, requests a day, what they ask for. */
export const BOTS = [
  {
    agent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    address: '192.0.2.66',
    requestsPerDay: 210,
    reads: 'pages',
  },
  {
    agent: 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
    address: '192.0.2.140',
    requestsPerDay: 120,
    reads: 'pages',
  },
  {
    agent: 'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)',
    address: '198.51.100.23',
    requestsPerDay: 95,
    reads: 'pages',
  },
  {
    agent:
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)',
    address: '198.51.100.71',
    requestsPerDay: 130,
    reads: 'pages',
  },
  {
    agent: 'FeedFetcher/3.2 (+https://feeds.example)',
    address: '198.51.100.9',
    requestsPerDay: 48,
    reads: 'feed',
  },
  { agent: 'UptimeMonitor/1.8', address: '203.0.113.5', requestsPerDay: 144, reads: 'health' },
  { agent: 'python-requests/2.32.5', address: '203.0.113.77', requestsPerDay: 26, reads: 'stock' },
];

/** What scanners try. None of it is there; one of them tries to smuggle mark-up into whoever reads the log. */
export const PROBES = [
  '/wp-login.php',
  '/xmlrpc.php',
  '/.env',
  '/.git/config',
  '/phpmyadmin/index.php',
  '/search?q=<script>alert(1)</script>',
  '/<img/src=x/onerror=alert(1)>',
  '/admin/config.php',
  '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php',
];
