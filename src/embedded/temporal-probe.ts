import { Connection } from '@temporalio/client';

const CALL_MS = 3_000;

/** Asks a Temporal server how it is, over one connection that is made when it is first needed. */
export class TemporalProbe {
  private connection: Connection | undefined;

  constructor(private readonly address: string) {}

  /** Whether the namespace is served. */
  async servesNamespace(namespace: string): Promise<boolean> {
    await this.call((connection) => connection.workflowService.describeNamespace({ namespace }));
    return true;
  }

  /** Whether the process `pid` of this host polls the task queue: its identity begins with its number, as the SDK makes it. */
  async isPolledBy(namespace: string, taskQueue: string, pid: number): Promise<boolean> {
    const answers = await Promise.all(
      [1, 2].map((taskQueueType) =>
        this.call((connection) =>
          connection.workflowService.describeTaskQueue({
            namespace,
            taskQueue: { name: taskQueue },
            taskQueueType,
          }),
        ),
      ),
    );
    return answers.some(({ pollers }) => pollers?.some(({ identity }) => identity?.startsWith(`${pid}@`)));
  }

  async close(): Promise<void> {
    await this.connection?.close();
  }

  private async call<T>(ask: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = (this.connection ??= Connection.lazy({ address: this.address }));
    return await connection.withDeadline(Date.now() + CALL_MS, () => ask(connection));
  }
}
