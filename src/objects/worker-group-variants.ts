/** Other ways to write the name of a worker group: the slips that are made most. Without the name itself. */
export function variantsOf(name: string): string[] {
  const lower = name.toLowerCase();
  const capital = `${lower.slice(0, 1).toUpperCase()}${lower.slice(1)}`;
  const camel = lower.replaceAll(
    /(^|[-_ ])([a-z])/g,
    (_, gap: string, letter: string) => gap + letter.toUpperCase(),
  );
  const kebab = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
  const all = [
    lower,
    name.toUpperCase(),
    capital,
    camel,
    camel.replaceAll(/[-_ ]/g, ''),
    kebab,
    kebab.replaceAll('-', '_'),
    name.trim(),
    name.replaceAll(/[-_ ]/g, ''),
    name.replaceAll('_', '-'),
    name.replaceAll('-', '_'),
    ` ${name.trim()}`,
    `${name.trim()} `,
  ];
  return [...new Set(all)].filter((each) => each !== name && each !== '');
}
