import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import type { ParameterValue, PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { mapSecrets } from '../../model/definition/secrets.js';
import { hasExpression, parseTemplate, templateProblems } from '../../model/expression/template.js';
import { isSecretReference, markReference, parseSealingKey, seal, unseal } from '../../sealing/sealing.js';
import { Config } from '../config/config.js';

/** Seals the secrets of definitions (`*` fields and parameters) before they are stored. */
@Injectable()
export class SecretSeal {
  private key: Buffer | undefined;

  constructor(private readonly config: Config) {}

  /** The definition with its secrets sealed. Order and everything else stay as they are. */
  seal(pipelineId: string, definition: PipelineDefinition): PipelineDefinition {
    return mapSecrets(definition, (text) => this.sealText(pipelineId, text));
  }

  /** Values given at activation, those of secret parameters sealed. */
  sealValues(pipelineId: string, values: readonly ParameterValue[]): ParameterValue[] {
    return values.map(({ id, stringValue }) => ({
      id,
      stringValue: id.startsWith('*') ? this.sealText(pipelineId, stringValue) : stringValue,
    }));
  }

  /** The definition with its secrets open, for validation: it must not leave the process, nor be logged. */
  open(pipelineId: string, definition: PipelineDefinition): PipelineDefinition {
    return mapSecrets(definition, (text) => unseal(text, this.readKey(), pipelineId));
  }

  /** Around expressions, which the evaluator must read; what they put in is sealed at its own place. */
  private sealText(pipelineId: string, text: string): string {
    const sealPart = (part: string): string =>
      part === '' || isSecretReference(part) ? part : seal(part, this.readKey(), pipelineId);
    if (!hasExpression(text) || templateProblems(text).length > 0)
      return isSecretReference(text) ? markReference(text) : sealPart(text);
    return parseTemplate(text)
      .parts.map((part) => (part.kind === 'text' ? sealPart(part.text) : text.slice(part.start, part.end)))
      .join('');
  }

  private readKey(): Buffer {
    this.key ??= parseSealingKey(readFileSync(this.config.secretKeyPath, 'utf8'));
    return this.key;
  }
}
