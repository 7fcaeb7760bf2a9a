const WITHIN_MS = 120_000;
const EVERY_MS = 20;

/** Waits until `condition` holds. @throws after two minutes. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`the condition did not come true within ${WITHIN_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
