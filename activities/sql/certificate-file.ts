import { readFile } from 'node:fs/promises';
import { textOfError, workFailure } from '../storage/work-failure.js';

/** The text of a certificate that a property of a database names. @throws InvalidField */
export async function certificateFile(path: string, property: string, objectId: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw workFailure(
      'InvalidField',
      `Object "${objectId}": ${property} cannot be read: ${textOfError(error)}`,
    );
  }
}
