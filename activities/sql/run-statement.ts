import pg from 'pg';

/**
 * Runs SQL of one or more statements and returns what the server says of each ("INSERT 3"). Rows of a result are
 * thrown away as they come: a script that ends in a SELECT must not fill the memory.
 */
export async function runStatement(client: pg.Client, text: string): Promise<string[]> {
  const query = new pg.Query(text);
  return new Promise((resolve, reject) => {
    query.on('row', () => undefined); // without a listener the rows are kept
    query.on('error', reject);
    query.on('end', (results: pg.QueryResult | pg.QueryResult[]) => {
      resolve([results].flat().map(({ command, rowCount }) => tagOf(command, rowCount)));
    });
    client.query(query);
  });
}

function tagOf(command: string | null, rowCount: number | null): string {
  return rowCount === null ? (command ?? '') : `${command} ${rowCount}`;
}
