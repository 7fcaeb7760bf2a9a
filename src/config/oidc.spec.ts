import { describe, expect, it } from 'vitest';
import { readOidc } from './oidc.js';

const read = (settings: Readonly<Record<string, string>>) =>
  readOidc((name) => settings[name.replace('PENSTOCK_OIDC_', '')]);

describe('readOidc', () => {
  it('has defaults for all but issuer and audience', () => {
    expect(read({})).toBeUndefined();
    expect(read({ ISSUER: 'https://id.example.org/realms/x', AUDIENCE: 'penstock' })).toMatchObject({
      roleClaim: ['roles'],
      roles: new Map(['viewer', 'operator', 'editor', 'admin'].map((role) => [role, role])),
      nameClaim: 'preferred_username',
    });
  });

  it('maps values of a nested claim to roles', () => {
    const settings = {
      ISSUER: 'http://localhost:1',
      AUDIENCE: 'p',
      ROLE_CLAIM: 'realm_access.roles',
      ROLES: 'cn=a=admin, b=viewer',
    };
    expect(read(settings)).toMatchObject({
      roleClaim: ['realm_access', 'roles'],
      roles: new Map([
        ['cn=a', 'admin'],
        ['b', 'viewer'],
      ]),
    });
  });

  it('tells everything that is wrong', () => {
    expect(read({ AUDIENCE: 'x' })).toEqual({
      problems: [expect.stringContaining('PENSTOCK_OIDC_ISSUER is missing')],
    });
    expect(read({ ISSUER: 'http://id.example.org', ROLES: 'a=root,b' })).toEqual({
      problems: [
        expect.stringContaining('"http://id.example.org": expected a URL that begins with https://'),
        expect.stringContaining('PENSTOCK_OIDC_AUDIENCE is missing'),
        expect.stringContaining('PENSTOCK_OIDC_ROLES has "a=root"'),
        expect.stringContaining('PENSTOCK_OIDC_ROLES has "b"'),
      ],
    });
  });
});
