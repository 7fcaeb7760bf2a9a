export interface InstallOptions {
  /** Base URL of the API, `http://127.0.0.1:8080`. */
  readonly endpoint: string;
  /** Folder of all state. Default `.penstock`. */
  readonly home?: string;
  /** AWS shared-credentials file with a profile `default`. Default `<home>/credentials`. */
  readonly credentialsFile?: string;
  /** Folder of the example's data. Default `<home>/examples/web-logs`. */
  readonly dataDir?: string;
  /** Puts the data into a bucket that exists, with the keys of the SDK's own environment. */
  readonly s3?: { readonly location: string; readonly endpoint?: string };
  /** Default `local`. */
  readonly workerGroup?: string;
  /** Seconds until the last day's log arrives. Default 25. */
  readonly lateSeconds?: number;
  /** Follow the runs to their end. Default true. */
  readonly watch?: boolean;
  readonly log?: (line: string) => void;
  /** Ends the installation; the promise rejects with an AbortError, and a later call goes on. */
  readonly signal?: AbortSignal;
}

/** Installs the example pipeline and follows it; what is done already is not done again. Undefined when its user has deleted it. */
export function install(
  options: InstallOptions,
): Promise<{ readonly pipelineId: string; readonly reports: string } | undefined>;

/** Values of the example's parameters for data below `uri`. */
export function valuesFor(options: {
  readonly uri: string;
  readonly now: Date;
  readonly workerGroup?: string;
}): Record<string, string>;
