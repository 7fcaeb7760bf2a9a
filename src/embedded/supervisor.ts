import { jsonLogger } from '../../activities/logs/json-logger.js';
import { stopLocalResources } from '../../activities/resources/stop-local-resources.js';
import { logFile, type Home } from './home.js';
import { stopLeftovers } from './pid-file.js';
import { freePort, LOCALHOST, portNear, tryPort } from './ports.js';
import { PostgresService } from './postgres-service.js';
import { Problem, reasonOf } from './problem.js';
import { ownProcesses, temporalProcess } from './processes.js';
import type { Say } from './say.js';
import type { EmbeddedSettings } from './settings.js';
import { SupervisedProcess, type ProcessSpec } from './supervised-process.js';
import { TemporalProbe } from './temporal-probe.js';

/** Addresses of a running embedded Penstock. */
export interface Running {
  readonly apiUrl: string;
  readonly temporalAddress: string;
  readonly temporalUiUrl: string;
}

/** Starts and stops everything of the embedded mode. Used once. */
export class Supervisor {
  /** Started, latest last. */
  private readonly processes: SupervisedProcess[] = [];
  private temporal: SupervisedProcess | undefined;
  private postgres: PostgresService | undefined;
  private probe: TemporalProbe | undefined;
  private stopping = false;

  constructor(
    private readonly settings: EmbeddedSettings,
    private readonly home: Home,
    private readonly say: Say,
  ) {}

  /** Resolves when everything answers. @throws Problem; `stop` must be called then, too. */
  async start(): Promise<Running> {
    const { settings, home, say } = this;
    await this.stopWhatIsLeft();
    const httpPort = await this.wantedPort();
    // Not at once with the Web UI's: both searches might find the same one.
    const temporalPort = await portNear(settings.temporalPort);
    const temporalUiPort = await portNear(settings.temporalUiPort);
    const probe = (this.probe = new TemporalProbe(`${LOCALHOST}:${temporalPort}`));
    const ports = { settings, home, probe, httpPort, temporalPort, temporalUiPort };
    const [databaseUrl] = await Promise.all([
      this.startDatabase(),
      (this.temporal = this.supervise(temporalProcess(ports))).start().then(() => ''),
    ]);
    if (this.stopping) throw new Problem('Stopped while starting.');
    say(
      `· Temporal and ${settings.databaseUrl === undefined ? 'PostgreSQL' : 'the database of DATABASE_URL'} are up`,
    );
    const processes = ownProcesses({ ...ports, databaseUrl: databaseUrl ?? '' }).map((spec) =>
      this.supervise(spec),
    );
    this.processes.push(...processes);
    await Promise.all(processes.map((each) => each.start()));
    return {
      apiUrl: `${settings.tls ? 'https' : 'http'}://${LOCALHOST}:${httpPort}`,
      temporalAddress: `${LOCALHOST}:${temporalPort}`,
      temporalUiUrl: `http://${LOCALHOST}:${temporalUiPort}`,
    };
  }

  /** Ends everything in order: who uses something ends before it. */
  async stop(): Promise<void> {
    this.stopping = true;
    const failures: string[] = [];
    const attempt = async (what: string, work: () => Promise<void> | undefined): Promise<void> => {
      try {
        await work();
      } catch (error) {
        failures.push(`${what}: ${reasonOf(error)}`);
      }
    };
    for (const each of [...this.processes].reverse()) await attempt(each.spec.title, () => each.stop());
    await attempt('local resources', () => this.stopResources());
    await attempt('Temporal', () => this.temporal?.stop());
    await attempt('PostgreSQL', () => this.postgres?.stop());
    await attempt('connection to Temporal', () => this.probe?.close());
    if (failures.length > 0) throw new Problem(`Not everything could be stopped: ${failures.join('; ')}`);
  }

  /** Ends everything at once; what runs is taken up again at the next start. */
  kill(): void {
    this.stopping = true;
    for (const each of this.processes) each.kill();
    this.temporal?.kill();
    this.postgres?.kill();
  }

  private supervise(spec: ProcessSpec): SupervisedProcess {
    return new SupervisedProcess(spec, {
      runFolder: this.home.run,
      logFile: logFile(this.home, spec.name),
      say: this.say,
    });
  }

  private async startDatabase(): Promise<string> {
    if (this.settings.databaseUrl !== undefined) return this.settings.databaseUrl;
    const { home, say } = this;
    this.postgres = new PostgresService({
      dataDir: home.postgres,
      port: await freePort(),
      logFile: logFile(home, 'postgres'),
      say,
    });
    try {
      return await this.postgres.start();
    } catch (error) {
      // The store says one sentence for all that an operator can mend.
      throw error instanceof Error ? new Problem(error.message, { cause: error.cause }) : error;
    }
  }

  private async wantedPort(): Promise<number> {
    const { port } = this.settings;
    const answer = await tryPort(port);
    if ('port' in answer) return answer.port;
    const { code } = answer.error;
    throw new Problem(
      code === 'EADDRINUSE'
        ? `Port ${port} is in use by another program: end it, or set PENSTOCK_PORT to another port.`
        : `Port ${port} cannot be used (${code}): set PENSTOCK_PORT to another port.`,
    );
  }

  private async stopWhatIsLeft(): Promise<void> {
    await stopLeftovers(this.home.run, { say: this.say });
    await this.stopResources();
  }

  private async stopResources(): Promise<void> {
    const print = (line: string): void => this.say(`local resources: ${line}`);
    await stopLocalResources(this.home.path, { ...jsonLogger(print), info: () => undefined });
  }
}
