import { Module } from '@nestjs/common';
import { Definitions } from './definitions.js';
import { DescribeObjects } from './describe-objects.operation.js';
import { EvaluateExpression } from './evaluate-expression.operation.js';
import { QueryObjects } from './query-objects.operation.js';
import { SetStatus } from './set-status.operation.js';

/** Components, instances and attempts on the AWS endpoint. */
@Module({
  providers: [Definitions, QueryObjects, DescribeObjects, EvaluateExpression, SetStatus],
  exports: [SetStatus],
})
export class ObjectsModule {}
