import { ArrayMaxSize, IsArray, IsIn, IsInt, IsOptional, Min } from 'class-validator';
import { InvalidRequest } from '../../model/errors.js';
import { Nested } from '../aws-json/nested.js';
import { Operation } from '../aws-json/operation.js';
import { Text, TEXT } from '../aws-json/text.js';
import { PipelineIdInput } from '../pipelines/pipeline-id.input.js';
import { ObjectStore } from '../store/object-store.js';
import type { ObjectIdPage, ObjectSelector } from '../store/object-selector.js';
import { PauseStore } from '../store/pause-store.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { matchesSelectors } from './component-selector.js';
import { Definitions } from './definitions.js';

const OPERATORS = ['EQ', 'REF_EQ', 'LE', 'GE', 'BETWEEN'] as const;
const SPHERES = ['COMPONENT', 'INSTANCE', 'ATTEMPT'] as const;
/** Source: api.md 2.2. */
const DEFAULT_LIMIT = 100;
/** AWS states none. Our choice: a larger limit gives pages of this size. */
const MAXIMUM_LIMIT = 1000;
const MAXIMUM_SELECTORS = 10;

export class OperatorInput {
  @IsIn(OPERATORS)
  type!: (typeof OPERATORS)[number];

  @IsArray()
  @Text(TEXT.string, { each: true })
  values!: string[];
}

export class SelectorInput {
  @Text(TEXT.string)
  fieldName!: string;

  @Nested(() => OperatorInput)
  operator!: OperatorInput;
}

export class QueryInput {
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAXIMUM_SELECTORS)
  @Nested(() => SelectorInput, { each: true })
  selectors?: SelectorInput[];
}

export class QueryObjectsInput extends PipelineIdInput {
  @Text(TEXT.string)
  sphere!: string;

  @IsOptional()
  @Nested(() => QueryInput)
  query?: QueryInput;

  @IsOptional()
  @Text(TEXT.string)
  marker?: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  limit?: number;
}

/** Ids of the objects of one sphere that match all selectors, in pages. Source: api.md 2.2. */
@Operation('QueryObjects', QueryObjectsInput)
export class QueryObjects {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly objects: ObjectStore,
    private readonly definitions: Definitions,
    private readonly pauses: PauseStore,
  ) {}

  async handle(input: QueryObjectsInput): Promise<object> {
    const { pipelineId, marker } = input;
    const sphere = SPHERES.find((each) => each === input.sphere.toUpperCase());
    if (sphere === undefined) {
      throw new InvalidRequest(`sphere "${input.sphere}" is unknown: expected ${SPHERES.join(', ')}`);
    }
    await this.pipelines.get(pipelineId);
    const selectors = (input.query?.selectors ?? []).map(selectorOf);
    const limit = Math.min(input.limit ?? DEFAULT_LIMIT, MAXIMUM_LIMIT);
    const after = marker ? { after: marker } : {};
    const page =
      sphere === 'COMPONENT'
        ? await this.queryComponents(pipelineId, selectors, limit, marker)
        : await this.objects.query({ pipelineId, sphere, selectors, limit, ...after });
    return {
      ids: page.ids,
      ...(page.marker === undefined ? {} : { marker: page.marker }),
      hasMoreResults: page.marker !== undefined,
    };
  }

  private async queryComponents(
    pipelineId: string,
    selectors: readonly ObjectSelector[],
    limit: number,
    marker = '',
  ): Promise<ObjectIdPage> {
    const paused = new Set((await this.pauses.of(pipelineId)).map(({ componentId }) => componentId));
    const matching = [...(await this.definitions.latest(pipelineId)).objects.values()]
      .filter((object) => matchesSelectors(object, selectors, paused))
      .map((object) => object.id)
      // By code units, so that the order does not depend on the locale: the marker is the last id of a page.
      .toSorted((left, right) => (left < right ? -1 : Number(left > right)))
      .filter((id) => id > marker);
    const ids = matching.slice(0, limit);
    const last = ids.at(-1);
    return { ids, ...(matching.length > limit && last !== undefined ? { marker: last } : {}) };
  }
}

function selectorOf({ fieldName, operator: { type, values } }: SelectorInput): ObjectSelector {
  return { fieldName, type, values };
}
