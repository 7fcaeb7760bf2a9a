/** Rows under their titles, columns padded to their widest cell; the last column is not padded. */
export function printTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, column) =>
    rows.reduce((most, row) => Math.max(most, (row[column] ?? '').length), title.length),
  );
  return [titles, ...rows].map((row) => tableLine(row, widths)).join('');
}

/** One line of a table whose widths are known. */
export function tableLine(cells: readonly string[], widths: readonly number[]): string {
  return `${cells
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join('  ')
    .trimEnd()}\n`;
}
