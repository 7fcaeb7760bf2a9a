import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readDefinitionFile } from '../model/definition/definition-file.js';
import type { Template } from '../model/definition/fill-template.js';
import type { PipelineDefinition } from '../model/definition/pipeline-definition.js';
import { TEMPLATES, type TemplateEntry } from '../model/definition/templates.js';

/** All templates with their definitions, from the folder `templates/` of the package. */
export async function readTemplates(): Promise<Template[]> {
  const folder = templateFolder();
  return await Promise.all(TEMPLATES.map((entry) => readTemplate(folder, entry)));
}

/** One template. */
export async function readTemplate(folder: string, entry: TemplateEntry): Promise<Template> {
  const file = join(folder, `${entry.id}.json`);
  const { definition, problems } = readDefinitionFile(await readFile(file, 'utf8'));
  if (problems.length > 0) throw new Error(`${file}: ${problems.map(({ message }) => message).join('\n')}`);
  return { ...entry, definition: await withCommands(folder, entry, definition) };
}

/** The folder of the package that this file runs from, whether as source or built into dist. */
export function templateFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'templates', `${TEMPLATES[0]?.id}.json`))) {
    const above = dirname(folder);
    if (above === folder) throw new Error(`No folder "templates" above ${fileURLToPath(import.meta.url)}`);
    folder = above;
  }
  return join(folder, 'templates');
}

async function withCommands(
  folder: string,
  { commands = {} }: TemplateEntry,
  definition: PipelineDefinition,
): Promise<PipelineDefinition> {
  const texts = new Map<string, string>();
  for (const [objectId, name] of Object.entries(commands)) {
    texts.set(objectId, await readFile(join(folder, name), 'utf8'));
  }
  const pipelineObjects = definition.pipelineObjects.map((object) => {
    const stringValue = texts.get(object.id);
    if (stringValue === undefined) return object;
    return { ...object, fields: [...object.fields, { key: 'command', stringValue }] };
  });
  return { ...definition, pipelineObjects };
}
