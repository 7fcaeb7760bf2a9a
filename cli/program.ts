import { Argument, Command, CommanderError, Option } from 'commander';
import { AUDIT_OUTCOMES } from '../model/audit/audit-record.js';
import { ROLES } from '../model/access/principal.js';
import { TEMPLATE_SCHEDULES, TEMPLATES } from '../model/definition/templates.js';
import { BACKFILL_RERUNS } from '../model/instance/backfill.js';
import { OBJECT_TYPES } from '../model/objects/catalogue.js';
import {
  AUDIT_FORMATS,
  auditHead,
  exportAudit,
  listAudit,
  verifyAudit,
  type AuditExportOptions,
  type AuditListOptions,
  type AuditVerifyOptions,
} from './audit.command.js';
import {
  listBackfills,
  showBackfill,
  startBackfill,
  steerBackfill,
  type BackfillOptions,
  type StartBackfillOptions,
} from './backfill.command.js';
import { CliError, EXIT, type Exit } from './cli-error.js';
import { completionScript, SHELLS, type Shell } from './completion.js';
import { convert, FORMS, type ConvertOptions } from './convert.command.js';
import { collectValue } from './definition-input.js';
import { diff, type DiffOptions } from './diff.command.js';
import { events, type EventsOptions } from './events.command.js';
import { init, INIT_FORMATS, type InitOptions } from './init.command.js';
import {
  createKey,
  listKeys,
  revokeKey,
  rotateKey,
  showKey,
  type CreateKeyOptions,
  type ListKeysOptions,
  type RotateKeyOptions,
} from './keys.command.js';
import { logs, type LogsOptions } from './logs.command.js';
import { packageVersion } from './package-version.js';
import { pipelines, type PipelinesOptions } from './pipelines.command.js';
import { plan, type PlanOptions } from './plan.command.js';
import type { ServerOptions } from './server.js';
import { Refusal } from './server.js';
import type { Terminal } from './terminal.js';
import { types } from './types.command.js';
import { validate, type ValidateOptions } from './validate.command.js';
import { why, type WhyOptions } from './why.command.js';

const EXIT_CODES = `
Exit codes: 0 done (warnings are no errors), 1 the definition has errors, 2 wrong arguments, an unreadable file, or a
server that does not answer.
`;

const DIFF_EXIT_CODES = `
Exit codes: 0 no difference (as far as could be compared), 1 the definitions differ, 2 wrong arguments, a file that cannot
be read, or a server that does not answer.
`;

const VERIFY_EXIT_CODES = `
A checkpoint is what "penstock audit head" prints, or a file that holds it. Kept where the server's operators cannot write, it
shows later whether anything up to it was changed or cut off.
Exit codes: 0 everything fits, 1 something does not: the first record that does not fit is named, 2 wrong arguments, a file that
cannot be read, or a server that does not answer.
`;

const LOGS_EXIT_CODES = `
Standard output has the log only; what is said about it goes to standard error.
Exit codes: 0 done, with --follow: FINISHED; 1 with --follow: it has ended otherwise; 2 wrong arguments, no such log, or a
server that does not answer.
`;

const WHAT_A_FILE_IS = `
A FILE is a definition in the AWS CLI's form, the API's, CloudFormation's (each as JSON or YAML), or Terraform's JSON;
- is standard input. In its place df-… means the latest definition of that pipeline on a server, df-…@active the one in
force, df-…@3 version 3; secrets of a server are masked. Only then a server is needed: --server, or PENSTOCK_URL. Its
token is the secret key in --credentials, PENSTOCK_TOKEN, or the secret key in PENSTOCK_CREDENTIALS_FILE,
$PENSTOCK_HOME/credentials or .penstock/credentials.
`;

/** Runs the command with its arguments (without node and script). Never throws for what a user can mend. */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<Exit> {
  let exit: Exit = EXIT.ok;
  const program = programOf(terminal, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exit;
  } catch (error) {
    // Commander has written what it has to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    // What a server refuses: a command that knows more of it has said so already.
    if (!(error instanceof CliError) && !(error instanceof Refusal)) throw error;
    terminal.err(`penstock: ${error.message}\n`);
    return EXIT.usage;
  }
}

function programOf(terminal: Terminal, done: (exit: Exit) => void): Command {
  const program = new Command('penstock')
    .description('Definitions of AWS Data Pipeline: check them, plan them, convert them.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.out(text),
      writeErr: (text) => terminal.err(text),
    })
    .showHelpAfterError('(add --help for what is expected)')
    .version(packageVersion(), '-V, --version', 'print the version')
    .addHelpText('after', EXIT_CODES);
  const ofServer = (command: Command): Command =>
    command
      .option('--server <url>', 'server of a df-…; else PENSTOCK_URL, else http://127.0.0.1:8080')
      .option('--credentials <file>', 'AWS shared-credentials file whose secret key is the token');
  /** A command that reads definitions. */
  const reading = (
    name: string,
    description: string,
    files: readonly string[] = ['file'],
    exitCodes = EXIT_CODES,
  ): Command => {
    const command = program.command(name).description(description);
    for (const file of files) command.argument(`<${file}>`, 'definition: a file, or df-… on a server');
    command
      .addOption(
        new Option('--value <id=text>', 'value of a parameter; again for more, or for a list').argParser(
          collectValue,
        ),
      )
      .option('--pipeline <name>', 'which pipeline of a template that holds several');
    return ofServer(command).addHelpText('after', `${WHAT_A_FILE_IS}${exitCodes}`);
  };

  reading('validate', 'say everything that is wrong with a definition, and what AWS would warn of')
    .option('--json', 'one JSON object')
    .action(async (path: string, options: ValidateOptions) => done(await validate(terminal, path, options)));

  reading(
    'plan',
    'show what a definition will run in a range of time, with resolved fields and reasons to wait',
  )
    .requiredOption(
      '--from <time>',
      'intervals that start at or after it: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, UTC',
    )
    .requiredOption('--to <time>', 'and before it')
    .option('--schedule <id>', 'only this Schedule; may be given again', (id: string, ids?: string[]) => [
      ...(ids ?? []),
      id,
    ])
    .option('--pipeline-id <id>', 'what @pipelineId stands for')
    .addOption(new Option('--json', 'one JSON object a line').conflicts(['tree', 'table']))
    .addOption(new Option('--tree', 'intervals, instances, fields (the default)').conflicts('table'))
    .addOption(new Option('--table', 'one line an instance'))
    .action(async (path: string, options: PlanOptions) => done(await plan(terminal, path, options)));

  reading(
    'diff',
    'compare two definitions, and say what the changes mean for an active pipeline',
    ['before', 'after'],
    DIFF_EXIT_CODES,
  )
    .option('--json', 'one JSON object')
    .action(async (before: string, after: string, options: DiffOptions) =>
      done(await diff(terminal, before, after, options)),
    );

  reading('convert', 'write a definition in another form')
    .addOption(
      new Option('--to <form>', "the AWS CLI's file, the same as YAML, the API's members, a template")
        .choices(FORMS)
        .makeOptionMandatory(),
    )
    .action(async (path: string, options: ConvertOptions) => done(await convert(terminal, path, options)));

  program
    .command('init')
    .description('list the templates, or write a definition made from one')
    .addArgument(
      new Argument('[template]', 'such as run-aws-cli-command')
        .choices(TEMPLATES.map(({ id }) => id))
        .argParser((id: string) => id), // for completion only: the command says what is near
    )
    .addOption(
      new Option('--set <id=text>', 'value of a parameter; again for more, or for a list').argParser(
        (text: string, before: InitOptions['set']) => collectValue(text, before, '--set'),
      ),
    )
    .addOption(new Option('--schedule <type>', 'how its intervals run').choices(TEMPLATE_SCHEDULES))
    .option('--start <time>', 'start of the first interval, UTC; else the first activation')
    .option('--period <period>', 'length of an interval, such as "1 day"')
    .addOption(new Option('--format <format>', 'form of the definition (json)').choices(INIT_FORMATS))
    .option('-o, --output <file>', 'file to write; .yaml makes it YAML')
    .option('--force', 'overwrite the file')
    .option('--json', 'the list as JSON')
    .addHelpText('after', EXIT_CODES)
    .action(async (id: string | undefined, options: InitOptions) => done(await init(terminal, id, options)));

  ofServer(program.command('pipelines'))
    .description('list the pipelines of a server: id, name, state, health')
    .option('--json', 'one JSON object')
    .addHelpText('after', EXIT_CODES)
    .action(async (options: PipelinesOptions) => done(await pipelines(terminal, options)));

  const backfill = program
    .command('backfill')
    .description('run intervals of the past again, or for the first time, so many at a time')
    .addHelpText('after', EXIT_CODES);
  /** A verb of `backfill`; without a verb, `start` is meant. */
  const backfilling = (name: string, description: string, isDefault = false): Command =>
    ofServer(backfill.command(name, { isDefault }))
      .description(description)
      .argument('<pipeline>', 'df-…')
      .option('--json', 'one JSON object')
      .addHelpText('after', EXIT_CODES);
  backfilling('start', 'begin one, oldest interval first', true)
    .requiredOption(
      '--from <time>',
      'intervals that begin at or after it: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, UTC',
    )
    .option('--to <time>', 'and before it; else now')
    .option('--schedule <id>', 'only intervals of this Schedule')
    .option(
      '--object <id>',
      'only this activity, data node or resource; may be given again',
      (id: string, ids?: string[]) => [...(ids ?? []), id],
    )
    .option('--max-active <number>', 'intervals at a time (10)')
    .addOption(
      new Option(
        '--rerun <what>',
        'what never ran (the default); that and what failed; or everything',
      ).choices(BACKFILL_RERUNS),
    )
    .action(async (pipelineId: string, options: StartBackfillOptions) =>
      done(await startBackfill(terminal, pipelineId, options)),
    );
  backfilling('list', 'list the newest of a pipeline').action(
    async (pipelineId: string, options: BackfillOptions) =>
      done(await listBackfills(terminal, pipelineId, options)),
  );
  backfilling('show', 'show how far one is')
    .argument('<backfill>', 'bf-…')
    .action(async (pipelineId: string, id: string, options: BackfillOptions) =>
      done(await showBackfill(terminal, pipelineId, id, options)),
    );
  for (const [verb, description] of [
    ['pause', 'begin nothing more; what runs goes on'],
    ['resume', 'go on'],
    ['cancel', 'end it; what runs goes on'],
  ] as const) {
    const command = backfilling(verb, description).argument('<backfill>', 'bf-…');
    if (verb === 'cancel') command.option('--running', 'cancel what runs, too');
    command.action(async (pipelineId: string, id: string, options: BackfillOptions) =>
      done(await steerBackfill(terminal, verb, pipelineId, id, options)),
    );
  }

  ofServer(program.command('why'))
    .description('say why an instance is where it is: what it waits for, or what came of it')
    .argument('<pipelineId>', 'df-…')
    .argument('<instanceId>', '@<object>_<YYYY-MM-DDTHH:MM:SS>')
    .option('--json', 'one JSON object')
    .addHelpText('after', EXIT_CODES)
    .action(async (pipelineId: string, instanceId: string, options: WhyOptions) =>
      done(await why(terminal, pipelineId, instanceId, options)),
    );

  ofServer(program.command('logs'))
    .description('print the log of an attempt, or of the newest attempt of an instance')
    .argument('<pipeline>', 'df-…')
    .argument('<id>', 'instance or attempt: @Copy_2026-11-20T00:00:00, …_Attempt=1')
    .option('-f, --follow', 'go on as it is written, until it has ended; of an instance over all attempts')
    .addHelpText('after', LOGS_EXIT_CODES)
    .action(async (pipelineId: string, id: string, options: LogsOptions) =>
      done(await logs(terminal, pipelineId, id, options)),
    );

  ofServer(program.command('events'))
    .description('print changes of statuses of instances, attempts and pipelines as they happen')
    .argument('[pipeline]', 'df-…; else of all')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', EXIT_CODES)
    .action(async (pipelineId: string | undefined, options: EventsOptions) =>
      done(await events(terminal, pipelineId, options)),
    );

  const audit = program
    .command('audit')
    .description('who did what: read the audit log, export it, verify it')
    .addHelpText('after', EXIT_CODES);
  ofServer(audit.command('list'))
    .description('print records, newest first')
    .option('--from <time>', 'at or after it: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, UTC')
    .option('--to <time>', 'and before it')
    .option('--actor <arn>', 'only what this principal did')
    .option('--action <action>', 'only this, such as datapipeline:SetStatus')
    .option('--pipeline <id>', 'only about this pipeline')
    .addOption(new Option('--outcome <outcome>', 'only what came out so').choices(AUDIT_OUTCOMES))
    .option('--limit <number>', 'records, 1 to 100000 (50)')
    .option('--after <cursor>', 'go on from there: "next" of what --json printed before')
    .option('--json', 'one JSON object')
    .addHelpText('after', EXIT_CODES)
    .action(async (options: AuditListOptions) => done(await listAudit(terminal, options)));
  ofServer(audit.command('head'))
    .description('print a checkpoint: number and hash of the newest record')
    .addHelpText('after', EXIT_CODES)
    .action(async (options: ServerOptions) => done(await auditHead(terminal, options)));
  ofServer(audit.command('export'))
    .description('write the whole log to standard output, oldest first')
    .addOption(
      new Option('--format <format>', 'lines that verify takes (the default), or CloudTrail').choices(
        AUDIT_FORMATS,
      ),
    )
    .option('--after <number>', 'only records after this one')
    .option('--region <region>', 'awsRegion of the CloudTrail form; else AWS_REGION, else us-east-1')
    .addHelpText('after', EXIT_CODES)
    .action(async (options: AuditExportOptions) => done(await exportAudit(terminal, options)));
  ofServer(audit.command('verify'))
    .description('check that no record of an export, or of a server, was changed, removed or moved')
    .argument('[file]', 'export in lines; - is standard input; without it the server')
    .option('--checkpoint <checkpoint>', 'the log must reach it, and be the same up to it')
    .option('--after <checkpoint>', 'the export goes on from there')
    .addHelpText('after', VERIFY_EXIT_CODES)
    .action(async (path: string | undefined, options: AuditVerifyOptions) =>
      done(await verifyAudit(terminal, path, options)),
    );

  const keys = program
    .command('keys')
    .description('make, list, rotate and revoke access keys and API tokens of a server')
    .addHelpText('after', EXIT_CODES);
  const ofKeys = (name: string, description: string): Command =>
    ofServer(keys.command(name))
      .description(description)
      .option('--json', 'one JSON object')
      .addHelpText('after', EXIT_CODES);
  const several = (value: string, before?: string[]): string[] => [...(before ?? []), value];
  ofKeys('create', 'make one; its secret is shown this once, as a profile of an AWS credentials file')
    .argument('<name>', 'of its user')
    .addOption(new Option('--role <role>', 'what it may do on every pipeline').choices(ROLES))
    .option('--policy <file>', 'IAM-style policy, JSON; may be given again', several)
    .option(
      '--worker-group <group>',
      'in place of role and policies, for a task runner: the group that it serves; may be given again',
      several,
    )
    .option('--expires <time>', 'when it ends: 2030-01-01T00:00:00, UTC, or "90 days" from now')
    .option('--temporary', 'with a session token, until --expires')
    .option('--token', 'an API token, for REST only, in place of an access key')
    .action(async (name: string, options: CreateKeyOptions) =>
      done(await createKey(terminal, name, options)),
    );
  ofKeys('list', 'list those that are valid')
    .option('--all', 'and those that were revoked or have expired')
    .action(async (options: ListKeysOptions) => done(await listKeys(terminal, options)));
  ofKeys('show', 'show one, without its secret')
    .argument('<key>', 'id or name')
    .action(async (key: string, options: ListKeysOptions) => done(await showKey(terminal, key, options)));
  ofKeys('rotate', 'make a new one with the same rights in its place')
    .argument('<key>', 'id or name')
    .option('--grace <duration>', 'how long the old one is valid yet ("1 day"); 0: it ends at once')
    .action(async (key: string, options: RotateKeyOptions) => done(await rotateKey(terminal, key, options)));
  ofKeys('revoke', 'refuse one from now on; by name, all of that name')
    .argument('<key>', 'id or name')
    .action(async (key: string, options: ListKeysOptions) => done(await revokeKey(terminal, key, options)));

  program
    .command('types')
    .description('list the types of objects, or the fields of one type')
    .argument('[type]', 'such as CopyActivity')
    .option('--json', 'one JSON object')
    .addHelpText('after', EXIT_CODES)
    .action(async (name: string | undefined, options: { json?: true }) =>
      done(await types(terminal, name, options)),
    );

  program
    .command('completion')
    .description('write the completion script of a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', EXIT_CODES)
    .action(async (shell: Shell) => {
      await terminal.out(completionScript(shell, program, Object.keys(OBJECT_TYPES)));
    });
  return program;
}
