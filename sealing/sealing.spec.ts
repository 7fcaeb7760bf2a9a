import { describe, expect, it } from 'vitest';
import { isSealed, newSealingKey, parseSealingKey, seal, SealBroken, unseal } from './sealing.js';

const key = parseSealingKey(newSealingKey());

describe('sealing', () => {
  it('opens what it sealed, also inside a longer text', () => {
    const sealed = seal('pässword "x"', key, 'df-1');
    expect(isSealed(sealed)).toBe(true);
    expect(sealed).not.toContain('word');
    expect(unseal(sealed, key, 'df-1')).toBe('pässword "x"');
    expect(unseal(`a=${sealed}b`, key, 'df-1')).toBe('a=pässword "x"b');
    expect(unseal(seal('', key, 'df-1'), key, 'df-1')).toBe('');
  });

  it('leaves text without a seal as it is', () => {
    expect(isSealed('sealed:v1: is a form')).toBe(false);
    expect(unseal('plain', key, 'df-1')).toBe('plain');
  });

  it('does not open with another key, for another pipeline, or damaged', () => {
    const sealed = seal('secret', key, 'df-1');
    const other = parseSealingKey('ab'.repeat(32));
    expect(() => unseal(sealed, other, 'df-1')).toThrow(SealBroken);
    expect(() => unseal(sealed, key, 'df-2')).toThrow(SealBroken);
    expect(() => unseal('sealed:v1:AAAA.', key, 'df-1')).toThrow(SealBroken);
  });

  it('refuses a key of another length without quoting it', () => {
    expect(() => parseSealingKey('c2hvcnQ=')).toThrow('5 bytes long; expected 32');
  });
});
