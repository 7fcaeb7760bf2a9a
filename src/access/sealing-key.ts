import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { parseSealingKey } from '../../sealing/sealing.js';
import { Config } from '../config/config.js';

/** The installation's key, which seals secrets at rest. Read once. */
@Injectable()
export class SealingKey {
  #key: Buffer | undefined;

  constructor(private readonly config: Config) {}

  /** @throws Error when the file cannot be read or holds no key. */
  read(): Buffer {
    this.#key ??= parseSealingKey(readFileSync(this.config.secretKeyPath, 'utf8'));
    return this.#key;
  }
}
