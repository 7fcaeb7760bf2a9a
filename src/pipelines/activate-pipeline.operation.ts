import { ArrayMaxSize, IsArray, IsNumber, IsOptional, Max, Min } from 'class-validator';
import { withParameterValues } from '../../model/definition/parameters.js';
import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { InvalidRequest } from '../../model/errors.js';
import { AccessControl } from '../access/access-control.js';
import { Nested } from '../aws-json/nested.js';
import { Operation } from '../aws-json/operation.js';
import { Config } from '../config/config.js';
import { log } from '../config/log.js';
import { PipelineEngine } from '../schedules/pipeline-engine.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { isError, listOf } from './definition-answer.js';
import { DefinitionCheck } from './definition-check.js';
import { ParameterValueInput } from './definition.input.js';
import { pastStartText } from './past-starts.js';
import { PipelineIdInput } from './pipeline-id.input.js';
import { SecretSeal } from './secret-seal.js';

/** 9999-12-31T23:59:59Z, the last instant that fields can write. */
const LAST_EPOCH_SECONDS = 253_402_300_799;

export class ActivatePipelineInput extends PipelineIdInput {
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100_000)
  @Nested(() => ParameterValueInput, { each: true })
  parameterValues?: ParameterValueInput[];

  /** Epoch seconds. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(LAST_EPOCH_SECONDS)
  startTimestamp?: number;
}

/** Validates the latest definition with the values given, and puts it in force. Source: api.md 2.1, semantics.md 14. */
@Operation('ActivatePipeline', ActivatePipelineInput)
export class ActivatePipeline {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly check: DefinitionCheck,
    private readonly seal: SecretSeal,
    private readonly engine: PipelineEngine,
    private readonly config: Config,
    private readonly access: AccessControl,
  ) {}

  async handle({ pipelineId, parameterValues, startTimestamp }: ActivatePipelineInput): Promise<object> {
    await this.pipelines.get(pipelineId);
    const stored = await this.pipelines.readDefinition(pipelineId, 'latest');
    const values = (parameterValues ?? []).map(({ id, stringValue }) => ({ id, stringValue }));
    await this.access.check('datapipeline:ActivatePipeline', {
      pipelineIds: [pipelineId],
      ...(stored === undefined ? {} : { definition: withParameterValues(stored.definition, values) }),
    });
    // AWS's text. Source: api.md 2.1.
    if (stored === undefined || stored.definition.pipelineObjects.length === 0) {
      throw new InvalidRequest('Pipeline definition is empty: ');
    }
    const definition = this.seal.open(pipelineId, stored.definition);
    const problems = (await this.check.ofActivation(pipelineId, definition, values)).filter(isError);
    if (problems.length > 0) {
      throw new InvalidRequest(
        `Pipeline definition has errors: [${listOf(problems)}] Please call Validate to validate your pipeline`,
      );
    }
    // A startTimestamp says what is meant: nothing happens unawares.
    if (startTimestamp === undefined) {
      await this.guardPast(pipelineId, withParameterValues(definition, values));
    }
    const sealed = this.seal.sealValues(pipelineId, values);
    if (stored.errored) {
      // What was wrong when it was put is mended by the values: a required parameter that had none.
      await this.pipelines.putDefinition(pipelineId, withParameterValues(stored.definition, sealed), {
        errored: false,
      });
    }
    await this.engine.activate(pipelineId, {
      ...(sealed.length === 0 ? {} : { parameterValues: sealed }),
      ...(startTimestamp === undefined ? {} : { startTimestamp: new Date(startTimestamp * 1000) }),
    });
    return {};
  }
  /** Source: semantics.md 4.5. @throws InvalidRequest when AWS's guard is on (docs/decisions/008); else the log has it. */
  private async guardPast(pipelineId: string, definition: PipelineDefinition): Promise<void> {
    const starts = await this.check.pastStarts(pipelineId, definition);
    const { pastStartGuard } = this.config;
    if (pastStartGuard && starts.length > 0) {
      const texts = starts.map((start) => `ObjectId = '${start.scheduleId}': ${pastStartText(start, true)}`);
      throw new InvalidRequest(`Pipeline activation was blocked: [${texts.join('; ')}]`);
    }
    for (const start of starts) {
      const { scheduleId, intervals } = start;
      log('warn', pastStartText(start, false), { pipelineId, scheduleId, intervals });
    }
  }
}
