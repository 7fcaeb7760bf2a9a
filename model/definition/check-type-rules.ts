import { isReference, type Component } from './component.js';
import { findCycles, shownCycle } from './cycles.js';
import { valuesOf, type Inspection } from './inspection.js';
import { withArticle } from './problem.js';

type Rule = (inspection: Inspection, component: Component) => void;

/**
 * Rules of single types, beyond the kinds of their fields. Source: semantics.md 6.3, 9, 13, 15, 17; objects.yaml. That a
 * resource must have `role` and `resourceRole` is none of them: 55 published definitions have neither, and the guide
 * names the roles that then count.
 */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  Ec2Resource: [
    bidPrice('spotBidPrice', false),
    oneInstance('instanceCount'),
    oneInstance('minInstanceCount'),
  ],
  EmrCluster: [
    bidPrice('masterInstanceBidPrice', true),
    bidPrice('coreInstanceBidPrice', true),
    bidPrice('taskInstanceBidPrice', true),
    countedBid,
  ],
  ShellCommandActivity: [outputOnS3('stdout'), outputOnS3('stderr')],
  CopyActivity: [inputFormat],
  HiveCopyActivity: [exportFormats, copyDirection],
  DynamoDBDataNode: [noExists],
};

/** What is special to a type. Where AWS's guide says how a thing works, not that it is refused, it is a warning. */
export function checkTypeRules(inspection: Inspection): void {
  const configurations = new Map<string, string[]>();
  for (const component of inspection.components.values()) {
    const { type = '' } = component;
    if (type === 'EmrConfiguration') {
      configurations.set(component.id, targetsOf(inspection, component, 'configuration').map(idOf));
    }
    for (const rule of Object.hasOwn(RULES, type) ? (RULES[type] ?? []) : []) rule(inspection, component);
  }
  for (const cycle of findCycles(configurations)) {
    const text = `CYCLIC_DEPENDENCY:  'configuration' leads in a circle: ${shownCycle(cycle)}. Expected configurations inside each other that end.`;
    inspection.error(cycle[0], 'configuration', text);
  }
}

/** 0 < price < 20.00 USD; the guide's table excludes both ends. */
function bidPrice(field: string, orOnDemand: boolean): Rule {
  return (inspection, component) => {
    for (const { raw, text } of textsOf(inspection, component, field)) {
      if (orOnDemand && /^\s*OnDemandPrice\s*$/i.test(text)) continue;
      const price = /^\s*(\d+\.?\d*|\.\d+)\s*$/.test(text) ? Number(text) : Number.NaN;
      if (price > 0 && price < 20) continue;
      const expected = `a number of USD greater than 0 and less than 20.00${orOnDemand ? ', or OnDemandPrice' : ''}`;
      const message = `INVALID_FIELD_VALUE:  '${field}' value ${inspection.shown(raw, field, text)} is not a price: expected ${expected}.`;
      inspection.error(inspection.ownerOf(component.id, field), field, message);
    }
  };
}

function countedBid(inspection: Inspection, component: Component): void {
  const [bid] = valuesOf(component, 'coreInstanceBidPrice');
  if (bid === undefined || valuesOf(component, 'coreInstanceCount').length > 0) return;
  const text = `MISSING_FIELD:  'coreInstanceCount' is expected with 'coreInstanceBidPrice': without it one core node is started.`;
  inspection.warn(inspection.ownerOf(component.id, 'coreInstanceBidPrice'), 'coreInstanceCount', text);
}

function oneInstance(field: string): Rule {
  return (inspection, component) => {
    for (const { raw, text } of textsOf(inspection, component, field)) {
      if (!(Number(text) > 1)) continue;
      const message = `LIMIT_EXCEEDED:  '${field}' value ${inspection.shown(raw, field, text)} is more than AWS Data Pipeline's quota of 1: an Ec2Resource is one instance.`;
      inspection.warn(inspection.ownerOf(component.id, field), field, message);
    }
  };
}

/** A path of the machine is lost with the machine. file:, which is ours, is a directory that outlives it. */
function outputOnS3(field: string): Rule {
  return (inspection, component) => {
    if (valuesOf(component, 'runsOn').length === 0) return;
    for (const { raw, text } of textsOf(inspection, component, field)) {
      if (/^(s3|file):\/\//i.test(text.trim())) continue;
      const message = `INVALID_FIELD_VALUE:  '${field}' value ${inspection.shown(raw, field, text)} is not on S3, and with 'runsOn' the disk of the resource is lost with it. Expected s3://bucket/key.`;
      inspection.warn(inspection.ownerOf(component.id, field), field, message);
    }
  };
}

function inputFormat(inspection: Inspection, component: Component): void {
  for (const node of targetsOf(inspection, component, 'input')) {
    const format = node.type === 'S3DataNode' ? targetsOf(inspection, node, 'dataFormat')[0] : undefined;
    if (format?.type === undefined || format.type === 'CSV' || format.type === 'TSV') continue;
    const text = `INVALID_REFERENCE:  'input' refers to "${node.id}", whose 'dataFormat' is ${withArticle(format.type)}. AWS's CopyActivity reads CSV and TSV only.`;
    inspection.warn(inspection.ownerOf(component.id, 'input'), 'input', text);
  }
}

function exportFormats(inspection: Inspection, component: Component): void {
  for (const field of ['input', 'output']) {
    for (const node of targetsOf(inspection, component, field)) {
      if (node.type !== 'DynamoDBDataNode') continue;
      if (targetsOf(inspection, node, 'dataFormat')[0]?.type === 'DynamoDBExportDataFormat') continue;
      const text = `INVALID_REFERENCE:  '${field}' refers to "${node.id}", a DynamoDBDataNode. HiveCopyActivity expects one whose 'dataFormat' is a DynamoDBExportDataFormat.`;
      inspection.warn(inspection.ownerOf(component.id, field), field, text);
    }
  }
}

function copyDirection(inspection: Inspection, component: Component): void {
  const [input] = targetsOf(inspection, component, 'input');
  const [output] = targetsOf(inspection, component, 'output');
  if (input?.type !== 'S3DataNode' || output?.type !== 'S3DataNode') return;
  const text = `INVALID_REFERENCE:  'output' refers to "${output.id}", an S3DataNode, and 'input' to another. HiveCopyActivity expects a DynamoDBDataNode on one side.`;
  inspection.warn(inspection.ownerOf(component.id, 'output'), 'output', text);
}

function noExists(inspection: Inspection, component: Component): void {
  for (const precondition of targetsOf(inspection, component, 'precondition')) {
    if (precondition.type !== 'Exists') continue;
    const text = `INVALID_REFERENCE:  'precondition' refers to "${precondition.id}", and Exists does not look at tables of DynamoDB. Expected DynamoDBTableExists or DynamoDBDataExists.`;
    inspection.warn(inspection.ownerOf(component.id, 'precondition'), 'precondition', text);
  }
}

/** The texts of a field, as written and with parameters put in; those that need a run are left out. */
function textsOf(
  inspection: Inspection,
  component: Component,
  field: string,
): { readonly raw: string; readonly text: string }[] {
  return valuesOf(component, field).flatMap((raw) =>
    isReference(raw) ? [] : (inspection.evaluate(raw, component.id) ?? []).map((text) => ({ raw, text })),
  );
}

function targetsOf(inspection: Inspection, component: Component, field: string): Component[] {
  return valuesOf(component, field).flatMap((value) => {
    const target = isReference(value) ? inspection.components.get(value.ref) : undefined;
    return target === undefined ? [] : [target];
  });
}

function idOf({ id }: Component): string {
  return id;
}
