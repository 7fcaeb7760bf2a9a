import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertRecords } from './convert-records.js';
import { CSV, postgresText, TSV, type Dialect } from './dialect.js';
import { recordFormatter } from './record-formatter.js';

const PG_COMMA = postgresText(',');

async function convert(
  text: string,
  from: Dialect,
  to: Dialect,
  columns?: number,
  chunkBytes = 1e6,
): Promise<string> {
  const all = Buffer.from(text);
  const bytes = (async function* () {
    for (let at = 0; at < all.length; at += chunkBytes) yield all.subarray(at, at + chunkBytes);
  })();
  const out: Buffer[] = [];
  const progress = { records: 0, bytes: 0 };
  for await (const piece of convertRecords({ uri: 's3://b/k', bytes }, from, to, progress, { columns }))
    out.push(piece);
  return Buffer.concat(out).toString();
}

describe('convertRecords', () => {
  it.each<[string, Dialect, Dialect, string, string]>([
    ['passes plain records', CSV, PG_COMMA, 'a,b\nc,d\n', 'a,b\nc,d\n'],
    ['adds a missing last line end', CSV, PG_COMMA, 'a,b\nc,d', 'a,b\nc,d\n'],
    ['reads empty CSV fields as NULL', CSV, PG_COMMA, 'a,\n,b\n,\n', 'a,\\N\n\\N,b\n\\N,\\N\n'],
    ['reads an empty last field of the last line', CSV, PG_COMMA, 'x\ny,', 'x\ny,\\N\n'],
    ['reads "" as empty text', CSV, PG_COMMA, '"",x\n', ',x\n'],
    ['reads quoted fields', CSV, TSV, '"a,b","c ""q"" d","x\ny"\n', 'a,b\tc "q" d\tx\\\ny\n'],
    ['reads CR LF', CSV, TSV, 'a,b\r\n"c",d\r\n', 'a\tb\nc\td\n'],
    ['escapes are literal in CSV', CSV, PG_COMMA, 'a\\,b,c\\nd,e\\\\f\n', 'a\\,b,cnd,e\\\\f\n'],
    ['an escaped line end is data', CSV, PG_COMMA, 'a\\\nb,c\n', 'a\\nb,c\n'],
    ['a quote inside a field is itself', CSV, TSV, '5" disk,x\n', '5" disk\tx\n'],
    ['drops a byte order mark', CSV, TSV, '\uFEFFa,b\n', 'a\tb\n'],
    ['writes NULL as \\N in TSV', PG_COMMA, TSV, '\\N,,x\n', '\\N\t\tx\n'],
    ['writes NULL and empty text apart in CSV', PG_COMMA, CSV, '\\N,,x\n', ',"",x\n'],
    ['writes line breaks escaped, not as letters', PG_COMMA, CSV, 'a\\nb,\\tc\n', 'a\\\nb,\tc\n'],
    ['escapes a leading quote in CSV', TSV, CSV, '"a\tb\n', '\\"a,b\n'],
    ['keeps unicode', TSV, CSV, 'ä😀\tß,\n', 'ä😀,ß\\,\n'],
    ['keeps the text \\N apart from NULL', TSV, PG_COMMA, '\\\\N\t\\N\n', '\\\\N,\\N\n'],
    ['is empty for nothing', CSV, TSV, '', ''],
  ])('%s', async (_title, from, to, text, expected) => {
    for (const chunkBytes of [1, 2, 3, 1000])
      expect(await convert(text, from, to, undefined, chunkBytes)).toBe(expected);
  });

  it('leaves blank lines out where records have several columns, and keeps them where they have one', async () => {
    expect(await convert('\na,b\n\n\nc,d\n\n', CSV, PG_COMMA, 2)).toBe('a,b\nc,d\n');
    expect(await convert('a\n\nb\n', CSV, PG_COMMA, 1)).toBe('a\n\\N\nb\n');
  });

  it('names record, source and text of what it cannot read', async () => {
    await expect(convert('a,b\n"c"x,d\n', CSV, TSV)).rejects.toMatchObject({
      type: 'BadRecord',
      message: expect.stringMatching(/^Record 2 of "s3:\/\/b\/k": .*follows the closing quote/),
    });
    await expect(convert('a,b\nc,"d\n', CSV, TSV)).rejects.toThrow(/^Record 2 of .*quote is not closed/);
  });

  it('brings every record back through every dialect, however it is cut', async () => {
    const field = fc.oneof(
      fc.constant(null),
      fc.string({
        unit: fc.constantFrom('a', 'b', ',', '\t', '\n', '\r', '\\', '"', 'N', ';', 'ä', '😀', ' '),
        maxLength: 6,
      }),
    );
    const dialects = [CSV, TSV, PG_COMMA, postgresText('\t'), { ...TSV, columnSeparator: ';' }];
    await fc.assert(
      fc.asyncProperty(
        fc
          .integer({ min: 1, max: 3 })
          .chain((n) => fc.array(fc.array(field, { minLength: n, maxLength: n }), { maxLength: 5 })),
        fc.constantFrom(...dialects),
        fc.constantFrom(...dialects),
        fc.integer({ min: 1, max: 40 }),
        async (records, from, to, chunkBytes) => {
          const written = write(records, from);
          const there = await convert(written, from, to, undefined, chunkBytes);
          expect(await convert(there, to, from, undefined, chunkBytes)).toBe(written);
        },
      ),
      { numRuns: 400 },
    );
  });
});

function write(records: readonly (readonly (string | null)[])[], dialect: Dialect): string {
  const format = recordFormatter(dialect);
  const latin1 = records.map((fields) =>
    format(fields.map((value) => value && Buffer.from(value).toString('latin1'))),
  );
  return Buffer.from(latin1.join(''), 'latin1').toString();
}
