/** The figures of the bench as a picture: pairs of bars, bare Temporal beside Penstock. */
const WIDTH = 720;
const BAR = 22;
const LEFT = 300;
const COLOURS = { bare: '#9aa5b1', penstock: '#1f6f8b' };

/** An SVG document of `{ title, bare, penstock }`. Each has its own scale: milliseconds and activities a second have none in common. */
export function chart(groups) {
  const step = 2 * BAR + 24;
  const height = groups.length * step + 50;
  const bars = groups.flatMap((group, at) => {
    const scale = (WIDTH - LEFT - 70) / Math.max(group.bare, group.penstock);
    return ['bare', 'penstock'].map((side, row) => {
      const y = 40 + at * step + row * BAR;
      const width = Math.max(1, group[side] * scale);
      const label =
        row === 0 ? `<text x="${LEFT - 10}" y="${y + BAR}" text-anchor="end">${group.title}</text>` : '';
      return (
        `${label}<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR - 2}" fill="${COLOURS[side]}"/>` +
        `<text x="${(LEFT + width + 6).toFixed(1)}" y="${y + 15}">${group[side].toFixed(1)}</text>`
      );
    });
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<rect x="${LEFT}" y="12" width="14" height="14" fill="${COLOURS.bare}"/><text x="${LEFT + 20}" y="24">bare Temporal</text>`,
    `<rect x="${LEFT + 130}" y="12" width="14" height="14" fill="${COLOURS.penstock}"/><text x="${LEFT + 150}" y="24">Penstock</text>`,
    ...bars,
    '</svg>',
    '',
  ].join('\n');
}
