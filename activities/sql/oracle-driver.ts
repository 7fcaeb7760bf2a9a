/** A type of the driver's: compared by identity only. */
export interface OracleType {
  readonly name?: string;
}

/** What the driver tells of a column. */
export interface OracleColumn {
  readonly name: string;
  readonly dbTypeName: string;
  /** Of a TIMESTAMP: digits of its fraction. */
  readonly precision?: number;
}

interface OracleRows {
  getRows(count: number): Promise<readonly (readonly unknown[])[]>;
  close(): Promise<void>;
}

type Binds = readonly (string | null)[];

/** The part of a connection of `oracledb` that is used. */
export interface OracleConnection {
  execute(
    text: string,
    binds: Binds,
    options?: {
      readonly resultSet?: boolean;
      readonly outFormat?: number;
      readonly fetchTypeHandler?: (column: OracleColumn) => { readonly type: OracleType } | undefined;
    },
  ): Promise<{ readonly rowsAffected?: number; readonly resultSet?: OracleRows }>;
  executeMany(text: string, binds: readonly Binds[]): Promise<unknown>;
  getStatementInfo(text: string): Promise<{ readonly metaData?: readonly OracleColumn[] }>;
  commit(): Promise<void>;
  break(): Promise<void>;
  close(): Promise<void>;
}

/** The part of the package `oracledb` that is used: what a test puts in its place, for want of a server. */
export interface OracleDriver {
  readonly STRING: OracleType;
  readonly BUFFER: OracleType;
  readonly OUT_FORMAT_ARRAY: number;
  getConnection(attributes: {
    readonly user: string;
    readonly password: string;
    readonly connectString: string;
    /** Seconds. */
    readonly connectTimeout: number;
    readonly retryCount: number;
    readonly program: string;
  }): Promise<OracleConnection>;
}

/** The package itself, in its thin mode, which needs no client of Oracle's. Loaded when it is needed. */
export async function loadOracleDriver(): Promise<OracleDriver> {
  const { default: oracledb } = await import('oracledb');
  return oracledb as unknown as OracleDriver;
}
