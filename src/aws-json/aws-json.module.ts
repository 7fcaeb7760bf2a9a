import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AwsJsonController } from './aws-json.controller.js';
import { OperationRegistry } from './operation-registry.js';

/** The AWS-compatible endpoint. It finds the operations in whichever modules hold them. */
@Module({
  imports: [DiscoveryModule],
  controllers: [AwsJsonController],
  providers: [OperationRegistry],
})
export class AwsJsonModule {}
