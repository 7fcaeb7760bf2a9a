/** What the driver tells of a column: the type of TDS and its size. */
export interface SqlServerColumn {
  readonly name: string;
  /** `NVarChar`, `DecimalN`, `DateTime2`…: the driver's name of the type. */
  readonly type: string;
  readonly scale?: number | undefined;
  /** Bytes of the longest value; tells FLOAT from REAL, and DATETIME from SMALLDATETIME. */
  readonly dataLength?: number | undefined;
}

/** A value that the driver gives only about. */
export class InexactValue extends Error {
  constructor(column: SqlServerColumn) {
    super(
      `column "${column.name}" has a number of more than 15 digits, which the driver rounds; expected CONVERT(varchar(50), …) around it in the selectQuery`,
    );
    this.name = 'InexactValue';
  }
}

/** A Date of the driver, whose fraction below the millisecond is beside it, in seconds. */
type DriverDate = Date & { readonly nanosecondsDelta?: number };

/** Beyond it not every count of units is a number of its own. */
const EXACT_UNITS = 2 ** 52;

/**
 * A value as text, as SQL Server itself would show it: numbers exactly, with all their places; `2024-01-31 12:00:00.0000000`;
 * bit as 1 and 0; binary as `0x…`. A datetimeoffset comes in UTC, since the driver forgets its offset.
 * @throws InexactValue
 */
export function sqlServerText(value: unknown, column: SqlServerColumn): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Date) return dateText(value, column);
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex').toUpperCase()}`;
  if (typeof value === 'number') return numberText(value, column);
  return JSON.stringify(value);
}

function numberText(value: number, column: SqlServerColumn): string {
  switch (column.type) {
    case 'NumericN':
    case 'DecimalN':
    case 'Numeric':
    case 'Decimal':
      return unitsText(value, column.scale ?? 0, column);
    case 'Money':
    case 'SmallMoney':
    case 'MoneyN':
      return unitsText(value, 4, column);
    case 'Real':
      return singleText(value);
    case 'FloatN':
      return column.dataLength === 4 ? singleText(value) : String(value);
    case 'Variant': {
      // Its own type is not told.
      const digits = value.toString().replace(/e.*$|\D/g, '').length;
      if (digits > 15) throw new InexactValue(column);
      return String(value);
    }
    default:
      return String(value);
  }
}

function unitsText(value: number, scale: number, column: SqlServerColumn): string {
  const units = Math.abs(value) * 10 ** scale;
  if (units >= EXACT_UNITS || scale > 22) throw new InexactValue(column);
  return value.toFixed(scale);
}

/** The shortest text that is this single-precision number again. */
function singleText(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === Math.fround(value)) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

function dateText(value: DriverDate, { type, scale, dataLength }: SqlServerColumn): string {
  const iso = value.toISOString();
  const day = iso.slice(0, 10);
  const time = iso.slice(11, 19);
  const units = value.getUTCMilliseconds() * 10_000 + Math.round((value.nanosecondsDelta ?? 0) * 10_000_000);
  const fraction = (places: number): string =>
    places === 0 ? '' : `.${String(units).padStart(7, '0').slice(0, places)}`;
  switch (type) {
    case 'Date':
      return day;
    case 'Time':
      return time + fraction(scale ?? 7);
    case 'DateTime2':
      return `${day} ${time}${fraction(scale ?? 7)}`;
    case 'DateTimeOffset':
      return `${day} ${time}${fraction(scale ?? 7)} +00:00`;
    case 'SmallDateTime':
      return `${day} ${time}`;
    case 'DateTimeN':
      return `${day} ${time}${fraction(dataLength === 4 ? 0 : 3)}`;
    default:
      return `${day} ${time}${fraction(3)}`;
  }
}
