import { DefaultLogger, Runtime } from '@temporalio/worker';

// Attempts that fail on purpose are most of what the tests do: only what Temporal calls an error is worth a line.
Runtime.install({ logger: new DefaultLogger('ERROR') });
