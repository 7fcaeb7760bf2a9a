/** Name of the log of `day` (YYYY-MM-DD). */
export function logFileName(day: string): string;
/** The day `days` after `day`, both YYYY-MM-DD. */
export function addDays(day: string, days: number): string;
/** The whole access log of `day`, the same on every machine. */
export function logOfDay(day: string): string;
/** Writes `text` so that a reader sees the whole file or none. */
export function writeWhole(folder: string, name: string, text: string): Promise<void>;
