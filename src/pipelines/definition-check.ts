import { Injectable } from '@nestjs/common';
import { checkActivation } from '../../model/definition/activation.js';
import type {
  DefinitionProblem,
  ParameterValue,
  PipelineDefinition,
} from '../../model/definition/pipeline-definition.js';
import { editProblems } from '../../model/definition/edit-problems.js';
import { withParameterValues } from '../../model/definition/parameters.js';
import { validateDefinition } from '../../model/definition/validate.js';
import { Config } from '../config/config.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { ScheduleStore } from '../store/schedule-store.js';
import { backfillWarnings } from './backfill-warnings.js';
import { isError } from './definition-answer.js';
import { pastStarts, pastStartText, type PastStart } from './past-starts.js';

/** Checks a definition by itself and against what its pipeline already runs. */
@Injectable()
export class DefinitionCheck {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly schedules: ScheduleStore,
    private readonly config: Config,
  ) {}

  /** Problems of a definition that is to replace the latest. @throws PipelineNotFound, PipelineDeleted */
  async ofNew(pipelineId: string, definition: PipelineDefinition): Promise<DefinitionProblem[]> {
    const { state } = await this.pipelines.get(pipelineId);
    const active = await this.pipelines.readDefinition(pipelineId, 'active');
    const problems = [
      ...(state === 'FINISHED' && !isOndemand(active?.definition) ? [finishedProblem(pipelineId)] : []),
      ...validateDefinition(definition),
      ...backfillWarnings(definition, new Date()),
      ...(active === undefined ? [] : editProblems(active.definition, definition)),
    ];
    if (problems.some(isError)) return problems;
    const starts = await this.pastStarts(pipelineId, definition);
    return [
      ...problems,
      ...starts.map((start): DefinitionProblem => {
        const field = { objectId: start.scheduleId, field: start.field };
        return { severity: 'warning', ...field, message: pastStartText(start, this.config.pastStartGuard) };
      }),
    ];
  }

  /** What an activation now would start of intervals of more than a day ago. */
  async pastStarts(pipelineId: string, definition: PipelineDefinition): Promise<PastStart[]> {
    const [{ firstActivatedAt }, nextIndexes] = await Promise.all([
      this.pipelines.get(pipelineId),
      this.schedules.nextIndexes(pipelineId),
    ]);
    return pastStarts(definition, { firstActivatedAt, nextIndexes, now: new Date() });
  }

  /** Problems of the stored definition, secrets open, with the values that it is to be activated with. */
  async ofActivation(
    pipelineId: string,
    definition: PipelineDefinition,
    activationValues: readonly ParameterValue[],
  ): Promise<DefinitionProblem[]> {
    const active = await this.pipelines.readDefinition(pipelineId, 'active');
    const { problems, notYet } = checkActivation(definition, { activationValues });
    return [
      ...problems,
      ...notYet,
      ...(active === undefined
        ? []
        : editProblems(active.definition, withParameterValues(definition, activationValues))),
    ];
  }
}

function isOndemand(definition: PipelineDefinition | undefined): boolean {
  return (definition?.pipelineObjects ?? []).some(({ fields }) =>
    fields.some(
      ({ key, stringValue }) => key === 'scheduleType' && stringValue?.toLowerCase() === 'ondemand',
    ),
  );
}

/** Source: semantics.md 14, 20 (an ondemand pipeline is FINISHED after every run and stays editable). */
function finishedProblem(pipelineId: string): DefinitionProblem {
  return {
    severity: 'fatal',
    message: `Pipeline with id: ${pipelineId} is FINISHED: its definition cannot be changed`,
  };
}
