import {
  templateParameters,
  typesNotYetRun,
  type Template,
  type TemplateParameter,
} from './fill-template.js';

/** docs/templates.md: every template with its objects and parameters, in Markdown. */
export function templatesPage(templates: readonly Template[]): string {
  const lines = [
    '# Templates',
    '',
    '<!-- Made by `npm run docs` from templates/ and model/definition/templates.ts. Change it there. -->',
    '',
    `The ${templates.length} templates of AWS Data Pipeline. \`npx penstock init\` lists them; \`npx penstock init <template>\` writes a definition`,
    "made from one, in the form of the AWS CLI's file, or as YAML.",
    '',
    ...USE,
    '',
    "## Where they differ from AWS's",
    '',
    ...DIFFERENCES,
    '',
    '## Index',
    '',
    '| template | what it does | this version |',
    '|---|---|---|',
    ...templates.map((each) => `| [${each.id}](#${each.id}) | ${each.summary} | ${runs(each)} |`),
    ...templates.flatMap(sectionOf),
    '',
  ];
  return lines.join('\n');
}

const USE = [
  '| option | |',
  '|---|---|',
  '| `--set id=text` | a value of a parameter; again for more, or for a list |',
  '| `--schedule cron\\|timeseries\\|ondemand` | how its intervals run; ondemand takes the Schedule away |',
  '| `--start 2026-11-01`, `--period "6 hours"` | first interval and length of the intervals; else from the first activation, and as below |',
  '| `-o FILE`, `--format yaml`, `--force` | where to and how; `.yaml` makes it YAML; a file is overwritten with `--force` only |',
  '',
  'Parameters without a default need a value, in the definition or when it is put or activated. An optional parameter without a value takes',
  'the fields that use it away.',
];

/** Our choices, where AWS's guide publishes nothing or what it has makes no sense here. */
const DIFFERENCES = [
  '- The folder of logs is the optional parameter `myS3LogsPath`; AWS asked for it outside the definition.',
  '- Commands do not run `sudo yum -y update aws-cli` first.',
  '- Incremental copies select from the start of the interval (inclusive) to its end (exclusive), so that no row is in two intervals.',
  "- The conversion from MySQL to Redshift is the command itself (`templates/mysql-table-to-redshift.sh`), not a script in AWS's bucket. The",
  '  machine needs the clients `mysql` and `psql`. A type without a mapping (such as JSON, BIT, GEOMETRY) ends it with an error that names the',
  '  column; `myRedshiftTypeConvOverrideMap` says what it is to be.',
  '- AWS published no names for the parameters of `load-s3-data-into-rds-mysql-table` beyond those of its sisters: `myRDSTableInsertSql` and',
  '  `myRDSCreateTableSql` are ours.',
  "- `run-job-on-emr-cluster` is the later one of AWS's two, with `myEMRReleaseLabel`; the earlier had `myEMRAMIVersion`.",
];

function runs(template: Template): string {
  const types = typesNotYetRun(template);
  return types.length === 0 ? 'runs it' : `validates it; does not run ${types.join(', ')} yet`;
}

function sectionOf(template: Template): string[] {
  const { id, title, summary, schedules, definition } = template;
  const [own, ...others] = schedules;
  const may = others.length === 0 ? 'and cannot be anything else' : `and may be ${others.join(' or ')}`;
  return [
    '',
    `## ${id}`,
    '',
    `${title}. ${summary} Its scheduleType is ${own}, ${may}. This version ${runs(template)}.`,
    '',
    '| object | type |',
    '|---|---|',
    ...definition.pipelineObjects.map((object) => {
      const type = object.fields.find(({ key }) => key === 'type')?.stringValue;
      return `| \`${object.id}\` | ${type === undefined ? '' : `[${type}](objects.md#${type.toLowerCase()})`} |`;
    }),
    '',
    '| parameter | type | value | meaning |',
    '|---|---|---|---|',
    ...templateParameters(template).map(rowOf),
  ];
}

function rowOf(parameter: TemplateParameter): string {
  const { id, type, isArray, required, allowedValues, description, helpText = '' } = parameter;
  const own = parameter.default;
  const value = own === undefined ? (required ? '**required**' : 'optional') : `default ${code(own)}`;
  const such =
    own === undefined && parameter.example !== undefined ? `, such as ${code(parameter.example)}` : '';
  const allowed = allowedValues.length === 0 ? '' : `; one of ${allowedValues.map(code).join(', ')}`;
  const meaning = `${description}. ${helpText}`.trim();
  return `| \`${id}\` | ${type}${isArray ? ', list' : ''} | ${value}${such}${allowed} | ${cell(meaning)} |`;
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
