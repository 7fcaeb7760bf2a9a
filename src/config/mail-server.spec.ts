import { describe, expect, it } from 'vitest';
import { readMailServer } from './mail-server.js';

const PLAIN = { secure: false, requireTls: false, verifyCertificate: true };

describe('readMailServer', () => {
  it.each([
    ['smtp://mail.example.org', { ...PLAIN, host: 'mail.example.org', port: 587 }],
    ['smtp://mail:25/', { ...PLAIN, host: 'mail', port: 25 }],
    ['smtps://mail', { ...PLAIN, host: 'mail', port: 465, secure: true }],
    [
      'smtp://me%40example.org:p%3Aw@mail',
      { ...PLAIN, host: 'mail', port: 587, user: 'me@example.org', password: 'p:w', requireTls: true },
    ],
    ['smtp://me:pw@127.0.0.1:25', { ...PLAIN, host: '127.0.0.1', port: 25, user: 'me', password: 'pw' }],
    ['smtp://me:pw@[::1]:25', { ...PLAIN, host: '::1', port: 25, user: 'me', password: 'pw' }],
    ['smtp://me:pw@mail?requireTLS=false', { ...PLAIN, host: 'mail', port: 587, user: 'me', password: 'pw' }],
    [
      'smtps://mail?tls.rejectUnauthorized=false&tls.servername=smtp.example.org',
      {
        host: 'mail',
        port: 465,
        secure: true,
        requireTls: false,
        verifyCertificate: false,
        certificateName: 'smtp.example.org',
      },
    ],
  ])('reads %s', (text, expected) => {
    expect(readMailServer(text)).toEqual(expected);
  });

  it.each([
    ['hunter2', 'is not the URL of a mail server'],
    ['http://me:hunter2@mail', 'is not the URL of a mail server'],
    ['smtp://', 'is not the URL of a mail server'],
    ['smtp://me:hunter2@mail/path', 'has more than host and port'],
    ['smtp://me:hunter2@mail?pool=true', 'has a parameter that is not known: expected requireTLS'],
    ['smtp://me:hunter2%ff@mail', 'cannot be decoded'],
    ['smtp://me:hunter2@mail?requireTLS=yes', 'expected true or false'],
  ])('refuses %s and shows nothing of it', (text, problem) => {
    const answer = readMailServer(text);
    expect(answer).toContain(problem);
    expect(answer).not.toContain('hunter2');
  });
});
