import { resolveComponents } from '../definition/inheritance.js';
import { resolveParameters } from '../definition/parameters.js';
import type { PipelineDefinition } from '../definition/pipeline-definition.js';
import { ExpressionError } from '../expression/errors.js';
import { evaluateText } from '../expression/evaluate.js';

/**
 * The worker groups that objects of a definition name, inheritance and parameters applied. One that only a run knows stays as it is
 * written, so that no pattern takes it for a group that it may become.
 */
export function workerGroupsOf(pipelineId: string, definition: PipelineDefinition): string[] {
  const { components } = resolveComponents(definition);
  const parameters = resolveParameters(definition).values;
  const groups = new Set<string>();
  for (const component of components.values()) {
    for (const value of component.fields['workerGroup'] ?? []) {
      if (typeof value !== 'string' || value === '') continue;
      for (const group of evaluated(value, { pipelineId, components, parameters, self: component.id }))
        groups.add(group);
    }
  }
  return [...groups];
}

function evaluated(
  text: string,
  context: Omit<Parameters<typeof evaluateText>[1], 'runtime'>,
): readonly string[] {
  try {
    return evaluateText(text, { ...context, runtime: () => ({}) });
  } catch (error) {
    if (error instanceof ExpressionError) return [text];
    throw error;
  }
}
