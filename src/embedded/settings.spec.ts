import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.js';

const TEMPORAL = { PENSTOCK_TEMPORAL: '/bin/temporal' };

describe('settings of the embedded mode', () => {
  it('have the defaults of the contract', () => {
    expect(readSettings(TEMPORAL)).toMatchObject({
      home: resolve('.penstock'),
      port: 8080,
      temporalPort: 7233,
      temporalUiPort: 8233,
      example: true,
    });
  });

  it('take an empty variable for an absent one', () => {
    expect(readSettings({ ...TEMPORAL, PENSTOCK_PORT: '', DATABASE_URL: '' })).not.toHaveProperty(
      'databaseUrl',
    );
  });

  it('name every problem at once', () => {
    expect(() => readSettings({ PENSTOCK_PORT: '99999', PENSTOCK_EXAMPLE: 'no' })).toThrow(
      'The environment cannot be used: PENSTOCK_TEMPORAL is missing: expected the path of the Temporal CLI ("npm start" sets it); PENSTOCK_EXAMPLE="no": expected "on" or "off"; PENSTOCK_PORT="99999": expected a port number from 0 to 65535.',
    );
  });
});
