/** What the driver class of a JDBC URL's database is called, first its own documentation's. */
const DRIVER_CLASSES: Readonly<Record<string, readonly RegExp[]>> = {
  postgresql: [/^org\.postgresql\./],
  sqlserver: [/^com\.microsoft\.(sqlserver\.jdbc|jdbc\.sqlserver)\./],
  oracle: [/^oracle\.jdbc\./],
  mysql: [/^com\.mysql\./, /^org\.gjt\.mm\.mysql\./, /^org\.mariadb\.jdbc\./],
  mariadb: [/^org\.mariadb\.jdbc\./, /^com\.mysql\./],
  redshift: [/^com\.amazon\.redshift\./, /^org\.postgresql\./],
};

/** The databases that a driver class is known to be for, by the name in their URLs; none for a class that is not known. */
export function databasesOfDriverClass(driverClass: string): string[] {
  return Object.entries(DRIVER_CLASSES)
    .filter(([, patterns]) => patterns.some((pattern) => pattern.test(driverClass.trim())))
    .map(([name]) => name);
}
